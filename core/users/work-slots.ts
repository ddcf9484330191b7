import { RecadoError } from '../../lib/errors.js'

/** How much dear work may be under way. */
export type SlotLimits = {
  /** How many run at once. */
  maxRunning: number
  /** How many wait their turn; beyond it `resource_exhausted`. */
  maxWaiting: number
  /** What the refused are told to wait, in milliseconds. */
  retryAfterMs: number
}

/** Lets a few pieces of work run at once, the others wait in their order, and refuses what is too much. */
export class WorkSlots {
  readonly #limits: SlotLimits
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(limits: SlotLimits) {
    this.#limits = limits
  }

  /**
   * Runs `work` when its turn comes.
   * @throws `resource_exhausted` when too many wait, and what `work` throws.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter()
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#limits.maxRunning) {
      this.#running++
      return
    }
    if (this.#waiting.length >= this.#limits.maxWaiting) {
      throw new RecadoError('resource_exhausted', 'Too many people sign in right now. Try again shortly.', {
        retryAfterMs: this.#limits.retryAfterMs,
      })
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Hands the slot to the next in line, so that nobody overtakes. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#running--
  }
}
