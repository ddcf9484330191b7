import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../lib/log.js'
import type { Delivery, Queue, QueueName, QueueSession, TakeLimits } from '../../ports/queue/queue.js'

/** Which queue is worked, and until when. */
export type WorkOptions = { queue: Queue; name: QueueName; limits: TakeLimits; signal: AbortSignal; log: Log }

/** Handles one batch of a session, settling or burying all of it. A rejection ends the session: the batch comes again. */
export type HandleBatch = (deliveries: readonly Delivery[]) => Promise<void>

const REOPEN_MS = 100

/**
 * Works a queue until `signal` aborts: waits for its turn, then batch after batch; `begin` makes the handler of each session. The
 * batch in hand is finished before the queue is given up.
 */
export async function workQueue(
  options: WorkOptions,
  begin: (session: QueueSession) => HandleBatch,
): Promise<void> {
  const { queue, name, signal, log } = options
  while (!signal.aborted) {
    try {
      const session = await queue.open(name, signal)
      await takeAll(session, begin(session), options)
    } catch (error) {
      if (signal.aborted) return
      log.warn({ err: error }, 'a queue was lost')
      await sleep(REOPEN_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}

async function takeAll(
  session: QueueSession,
  handle: HandleBatch,
  { limits, signal }: WorkOptions,
): Promise<void> {
  let isIdle = true
  const stop = () => {
    if (isIdle) void session.close()
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    while (!signal.aborted) {
      const deliveries = await session.take(limits)
      if (deliveries.length === 0) return
      isIdle = false
      await handle(deliveries)
      isIdle = true
    }
  } finally {
    signal.removeEventListener('abort', stop)
    await session.close()
  }
}
