import { setTimeout as sleep } from 'node:timers/promises'

/** How fast clients are sent away: they come back at once, so this is the rate at which other servers get them. */
export type DrainPace = {
  /** Connections closed at a time. Default 500. */
  batchSize?: number
  /** Pause between batches; each is between half and one and a half times this. Default 1,000. */
  intervalMs?: number
  /** Ends the drain: what is still open is dropped at once. */
  signal?: AbortSignal
}

/**
 * Calls `close` for each connection, in random order, in batches with jittered pauses. Resolves after the last batch, or
 * when the signal aborts.
 */
export async function closeInBatches<T>(
  connections: Iterable<T>,
  close: (connection: T) => void,
  batchSize = 500,
  intervalMs = 1_000,
  signal: AbortSignal,
): Promise<void> {
  const order = shuffled(connections)
  for (let start = 0; start < order.length && !signal.aborted; start += batchSize) {
    order.slice(start, start + batchSize).forEach(close)
    if (start + batchSize < order.length) await pause(intervalMs * (0.5 + Math.random()), signal)
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch {
    // The signal has cut the pause short, which is what it is for.
  }
}

/** Connections of one user or place tend to be neighbours; they should not all come back together. */
function shuffled<T>(items: Iterable<T>): T[] {
  return [...items]
    .map((item) => ({ item, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}
