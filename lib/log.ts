import { pino, type DestinationStream, type Logger } from 'pino'

/** A structured logger: `log.info({ fields }, 'constant message')`. Children carry `part`, `connectionId`, `channelId`. */
export type Log = Logger

/** From the most to the least that is written. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const

/** How a program logs. */
export type LogOptions = {
  /** The least level that is written. */
  level: (typeof logLevels)[number]
  /** The program's name, on every line. */
  program: string
}

const secretFields = ['password', 'token', 'authorization', '*.password', '*.token', '*.authorization']

/** Makes the root logger of a program, secrets left out: JSON lines, on standard error where nothing else is given. */
export function createLog(options: LogOptions, destination = toStandardError()): Log {
  return pino(
    {
      level: options.level,
      base: { program: options.program },
      redact: { paths: secretFields, censor: '[secret]' },
    },
    destination,
  )
}

/** The logger for standard error as it is: lines for people on a terminal, JSON everywhere else. */
export async function openLog(options: LogOptions): Promise<Log> {
  return createLog(options, process.stderr.isTTY ? await toPeople({ colorize: true }) : toStandardError())
}

/** Lines for people: the time of day, the level, what happened, and below it the fields. */
export async function toPeople(options: {
  colorize: boolean
  /** Where they go. Default: standard error. */
  destination?: NodeJS.WritableStream
}): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  return pretty({
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,program',
    destination: 2,
    sync: true,
    ...options,
  })
}

function toStandardError(): DestinationStream {
  return pino.destination({ dest: 2, sync: false })
}
