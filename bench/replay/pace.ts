import { setTimeout as delay } from 'node:timers/promises'
import { nowMs } from '../chat/meter.js'

/** Holds a rate: so many a second, evenly, from the first on. */
export class Pace {
  readonly #intervalMs: number
  #nextAtMs = 0

  /** `rate` in a second; Infinity for no limit. */
  constructor(rate: number) {
    this.#intervalMs = 1_000 / rate
  }

  /** Resolves when the next may go. */
  async next(): Promise<void> {
    if (this.#intervalMs === 0) return
    const atMs = Math.max(this.#nextAtMs, nowMs())
    this.#nextAtMs = atMs + this.#intervalMs
    const waitMs = atMs - nowMs()
    if (waitMs >= 1) await delay(waitMs)
  }
}
