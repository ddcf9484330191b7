import { LRUCache } from 'lru-cache'
import { RecadoError } from '../../../lib/errors.js'
import type { Limit, Limits } from '../limits.js'

/** Beyond it the key that was used longest ago is forgotten. */
const MAX_KEYS = 100_000

type Window = { used: number; endsAt: number }

/**
 * Counts in this process. (The memory store of `rate-limiter-flexible` follows the wall clock, holds any number of keys and a timer for
 * each.)
 */
export class MemoryLimits implements Limits {
  readonly #windows = new LRUCache<string, Window>({ max: MAX_KEYS })
  readonly #now: () => number

  /** `now` tells a time that only goes forward, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  async take(limit: Limit, key: string): Promise<void> {
    this.count(limit, key)
  }

  async check(limit: Limit, key: string): Promise<void> {
    if (limit.points > 0) this.#assertLeft(limit, this.#open(limit, key))
  }

  async close(): Promise<void> {
    this.#windows.clear()
  }

  /** As `take`, at once; returns how many points of the window are used now. */
  count(limit: Limit, key: string): number {
    if (limit.points === 0) return 0
    const window = this.#open(limit, key)
    this.#assertLeft(limit, window)
    return ++window.used
  }

  /** Others have used the points up: refuses until their window ends. */
  block(limit: Limit, key: string, forMs: number): void {
    this.#windows.set(toKey(limit, key), { used: limit.points, endsAt: this.#now() + forMs })
  }

  #open(limit: Limit, key: string): Window {
    const name = toKey(limit, key)
    const open = this.#windows.get(name)
    if (open && open.endsAt > this.#now()) return open
    const window = { used: 0, endsAt: this.#now() + limit.windowSeconds * 1_000 }
    this.#windows.set(name, window)
    return window
  }

  #assertLeft(limit: Limit, { used, endsAt }: Window): void {
    if (used >= limit.points) throw usedUp(limit, endsAt - this.#now())
  }
}

/** The error of points that are used up until a window ends. */
function usedUp({ message }: Limit, waitMs: number): RecadoError {
  return new RecadoError('resource_exhausted', message, { retryAfterMs: Math.max(1, Math.ceil(waitMs)) })
}

function toKey({ name }: Limit, key: string): string {
  return `${name}:${key}`
}
