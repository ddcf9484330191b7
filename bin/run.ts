import { setTimeout as sleep } from 'node:timers/promises'
import { orAborted } from '../lib/abort.js'
import { RecadoError } from '../lib/errors.js'
import type { Log } from '../lib/log.js'

/** A program that can be started and stopped. */
export type Runnable = {
  /** Rejects soon after `signal` aborts; what cannot be ended is left behind, and closed as soon as it is there. */
  start(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
  /** What a stop waits for now, by name. */
  readonly closing: readonly string[]
}

/** How long a stop may take before the process ends anyway, in milliseconds. */
export type StopDeadlines = {
  /** Of a program that serves: what is in hand is to be finished. */
  servingMs: number
  /** Of one that has not served yet: nothing is in hand, and what it waits for may never come. */
  startingMs: number
}

const DEADLINES: StopDeadlines = { servingMs: 20_000, startingMs: 1_000 }

/**
 * Runs a program until SIGTERM or SIGINT, then ends the process. The first signal drains it; a second one, or the deadline, ends it
 * at once. Exit codes: 0 stopped, also while it started; 1 failed, or not drained in time; 2 wrong settings.
 */
export async function run(
  program: Runnable,
  log: Log,
  onServing: () => void = () => undefined,
): Promise<void> {
  const stopping = new AbortController()
  const stop = (signal: NodeJS.Signals) => {
    if (stopping.signal.aborted) process.exit(1)
    log.info({ signal }, 'stopping')
    stopping.abort(new RecadoError('unavailable', 'This program is stopping.'))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  log.info('starting')
  // What a library may have left open keeps no process alive that has stopped.
  process.exit(await runUntil(stopping.signal, program, { log, onServing }))
}

/** Runs a program until `signal`, then stops it. Resolves with the exit code. */
export async function runUntil(
  signal: AbortSignal,
  program: Runnable,
  { log, onServing, deadlines = DEADLINES }: { log: Log; onServing: () => void; deadlines?: StopDeadlines },
): Promise<number> {
  try {
    await orAborted(program.start(signal), signal)
  } catch (error) {
    const code = signal.aborted ? 0 : fail(error, log)
    await stopWithin(deadlines.startingMs, program).catch(() => false)
    return code
  }
  onServing()
  await new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', resolve, { once: true })
  })
  try {
    if (await stopWithin(deadlines.servingMs, program)) return 0
    log.error({ waitedFor: program.closing }, 'the stop took too long')
    return 1
  } catch (error) {
    return fail(error, log)
  }
}

/** Whether it stopped in time. */
async function stopWithin(deadlineMs: number, program: Runnable): Promise<boolean> {
  const inTime = new AbortController()
  const late = sleep(deadlineMs, false, { signal: inTime.signal }).catch(() => false)
  try {
    return await Promise.race([program.stop().then(() => true), late])
  } finally {
    inTime.abort()
  }
}

/** Prints what went wrong in plain words. Returns the exit code that tells it. */
export function fail(thrown: unknown, log?: Log): number {
  const error = RecadoError.from(thrown)
  if (error.code === 'internal' && log) log.fatal({ err: error.cause ?? error }, 'the program failed')
  process.stderr.write(`${error.message}\n`)
  return error.code === 'invalid_argument' ? 2 : 1
}
