import { pino, type Logger } from 'pino'

/** A structured logger: `log.info({ fields }, 'constant message')`. Children carry `part`, `connectionId`, `channelId`. */
export type Log = Logger

/** How a program logs. */
export type LogOptions = {
  /** The least level that is written. */
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** The program's name, on every line. */
  program: string
}

const secretFields = ['password', 'token', 'authorization', '*.password', '*.token', '*.authorization']

/** Makes the root logger of a program: JSON lines on standard error, secrets left out. */
export function createLog(options: LogOptions): Log {
  return pino(
    {
      level: options.level,
      base: { program: options.program },
      redact: { paths: secretFields, censor: '[secret]' },
    },
    pino.destination({ dest: 2, sync: false }),
  )
}
