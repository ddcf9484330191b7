import { Backoff } from '../../lib/backoff.js'
import type { Log } from '../../lib/log.js'
import type { Delivery, Queue, QueueName, QueueSession, TakeLimits } from '../../ports/queue/queue.js'

/** Which queue is worked, and until when. */
export type WorkOptions = {
  queue: Queue
  name: QueueName
  limits: TakeLimits
  signal: AbortSignal
  log: Log
  /** How long what is in hand may take once `signal` has aborted, in milliseconds. Default: 5,000. */
  graceMs?: number
}

/** The work on what one session brings. */
export interface SessionWork {
  /** Takes a batch over: all of it is settled or buried, now or later. A rejection ends the session: what is unsettled comes again. */
  handle(deliveries: readonly Delivery[]): Promise<void>

  /** Resolves once nothing is being written for the session any more; nothing is handed over after the call. */
  finish(): Promise<void>
}

/**
 * A write that hangs has as long to end when we stop. What it leaves unsettled comes again to the next owner, and a write that still
 * lands then is a repeat.
 */
const GRACE_MS = 5_000

/**
 * Works a queue until `signal` aborts: waits for its turn, then batch after batch; `begin` makes the work of each session. What is in
 * hand is finished before the queue is given up, within the grace.
 */
export async function workQueue(
  options: WorkOptions,
  begin: (session: QueueSession) => SessionWork,
): Promise<void> {
  const { queue, name, signal, log } = options
  const backoff = new Backoff({ firstMs: 100, maxMs: 3_000 })
  while (!signal.aborted) {
    try {
      const session = await queue.open(name, signal)
      if (await takeAll(session, begin(session), options)) backoff.reset()
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'a queue was lost')
    }
    await backoff.wait(signal).catch(() => undefined)
  }
}

/** Resolves with whether anything was handled, once the session has ended. */
async function takeAll(
  session: QueueSession,
  work: SessionWork,
  { limits, signal, graceMs = GRACE_MS }: WorkOptions,
): Promise<boolean> {
  let ending: Promise<void> | undefined
  let goOn = () => {}
  const end = () => (ending ??= finishAndClose(session, work, graceMs))
  const stop = () => void end().then(() => goOn())
  signal.addEventListener('abort', stop, { once: true })
  let hasHandled = false
  try {
    for (;;) {
      const deliveries = await session.take(limits)
      if (deliveries.length === 0 || signal.aborted) return hasHandled
      await new Promise<void>((resolve, reject) => {
        goOn = resolve
        work.handle(deliveries).then(resolve, reject)
      })
      hasHandled = true
    }
  } finally {
    signal.removeEventListener('abort', stop)
    await end()
  }
}

async function finishAndClose(session: QueueSession, work: SessionWork, graceMs: number): Promise<void> {
  await orLate(work.finish(), graceMs)
  await orLate(session.close(), graceMs)
}

/** Resolves when `work` has ended, well or not, or when the time is over. */
function orLate(work: Promise<void>, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, withinMs)
    const done = () => {
      clearTimeout(timer)
      resolve()
    }
    work.then(done, done)
  })
}
