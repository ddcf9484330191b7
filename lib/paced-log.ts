/** How often lines are written. */
export type PacedLogOptions = {
  /** One line in so long, in milliseconds. Default: a second. */
  everyMs?: number
  /** Milliseconds on a monotonic clock; for tests. */
  now?: () => number
}

/** Lines about what may happen very often, as what clients do: one a second, which counts those that were left out before it. */
export class PacedLog {
  readonly #everyMs: number
  readonly #now: () => number
  #nextAt = -Infinity
  #leftOut = 0

  constructor({ everyMs = 1_000, now = () => performance.now() }: PacedLogOptions = {}) {
    this.#everyMs = everyMs
    this.#now = now
  }

  /** Calls `write` with the number of lines that were left out since the last one, or leaves this one out. */
  line(write: (leftOut: number) => void): void {
    const now = this.#now()
    if (now < this.#nextAt) {
      this.#leftOut += 1
      return
    }
    this.#nextAt = now + this.#everyMs
    write(this.#leftOut)
    this.#leftOut = 0
  }
}
