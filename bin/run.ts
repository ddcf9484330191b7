import { RecadoError } from '../lib/errors.js'
import type { Log } from '../lib/log.js'

/** A program that can be started and stopped. */
export type Runnable = { start(): Promise<void>; stop(): Promise<void> }

/** How long a stop may take before the process ends anyway, in milliseconds. */
const STOP_DEADLINE_MS = 20_000

/**
 * Runs a program until SIGTERM or SIGINT; the first drains it, a second one or the deadline ends the process at once.
 * Exit codes: 0 stopped, 1 failed, 2 wrong settings.
 */
export async function run(program: Runnable, log: Log): Promise<void> {
  let stopping: Promise<void> | undefined
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1)
    log.info({ signal }, 'stopping')
    setTimeout(() => {
      log.error('the stop took too long')
      process.exit(1)
    }, STOP_DEADLINE_MS).unref()
    stopping = program.stop().catch((error: unknown) => fail(error, log))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  try {
    await program.start()
  } catch (error) {
    if (!stopping) {
      fail(error, log)
      await program.stop().catch(() => undefined)
    }
  }
}

/** Prints what went wrong in plain words and sets the exit code. */
export function fail(thrown: unknown, log?: Log): void {
  const error = RecadoError.from(thrown)
  process.exitCode = error.code === 'invalid_argument' ? 2 : 1
  if (error.code === 'internal' && log) log.fatal({ err: error.cause ?? error }, 'the program failed')
  process.stderr.write(`${error.message}\n`)
}
