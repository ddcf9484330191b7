import { setTimeout as delay } from 'node:timers/promises'

/** How long anything here is tried again before it counts as failed, in milliseconds. */
export const patienceMs = 120_000

const firstMs = 50
const mostMs = 2_000

/** Waits between tries: doubling from 50 ms to 2 s, with jitter, for two minutes in all. */
export class Backoff {
  readonly #until: number
  #nextMs = firstMs

  constructor(patience = patienceMs) {
    this.#until = performance.now() + patience
  }

  /** Waits before the next try, at least `atLeastMs`. False, without waiting, when patience is over. */
  async wait(atLeastMs = 0): Promise<boolean> {
    if (performance.now() > this.#until) return false
    const jittered = this.#nextMs * (0.5 + Math.random() / 2)
    this.#nextMs = Math.min(this.#nextMs * 2, mostMs)
    await delay(Math.max(jittered, atLeastMs))
    return true
  }
}
