import { setTimeout as sleep } from 'node:timers/promises'

/** How waits between tries grow. */
export type BackoffOptions = {
  /** The first wait at most, in milliseconds; above 0. */
  firstMs: number
  /** No wait is longer, in milliseconds. */
  maxMs: number
  /** From 0 to below 1; for tests. Default: `Math.random`. */
  random?: () => number
}

/**
 * Waits between tries of one thing: each twice as long as the one before, up to `maxMs`, and of that a random part between one half
 * and the whole, so that many who failed together do not come back together.
 */
export class Backoff {
  readonly #options: BackoffOptions
  #failures = 0

  constructor(options: BackoffOptions) {
    this.#options = options
  }

  /** How many waits were asked for since the start or the last {@link reset}. */
  get failures(): number {
    return this.#failures
  }

  /** Counts a failure and tells how long to wait before the next try, in milliseconds. For who has a timer of its own. */
  next(): number {
    const { firstMs, maxMs, random = Math.random } = this.#options
    const fullMs = Math.min(maxMs, firstMs * 2 ** this.#failures)
    this.#failures++
    return fullMs * (0.5 + random() / 2)
  }

  /**
   * Counts a failure and waits before the next try, at least `atLeastMs` (what a server has asked for).
   * @throws `AbortError` at once when `signal` is or becomes aborted.
   */
  async wait(signal?: AbortSignal, atLeastMs = 0): Promise<void> {
    await sleep(Math.max(this.next(), atLeastMs), undefined, signal && { signal })
  }

  /** Begins anew with the first wait: a try has succeeded. */
  reset(): void {
    this.#failures = 0
  }
}
