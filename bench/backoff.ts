import { Backoff as Waits } from '../lib/backoff.js'

/** How long anything here is tried again before it counts as failed, in milliseconds. */
export const patienceMs = 120_000

/** Waits between tries: doubling from 50 ms to 2 s, with jitter, for two minutes in all. */
export class Backoff {
  readonly #until: number
  readonly #waits = new Waits({ firstMs: 50, maxMs: 2_000 })

  constructor(patience = patienceMs) {
    this.#until = performance.now() + patience
  }

  /** Waits before the next try, at least `atLeastMs`. False, without waiting, when patience is over. */
  async wait(atLeastMs = 0): Promise<boolean> {
    if (performance.now() > this.#until) return false
    await this.#waits.wait(undefined, atLeastMs)
    return true
  }
}
