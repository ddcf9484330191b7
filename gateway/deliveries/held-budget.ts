/** What the feeds of a gateway may hold ahead of gaps. Who gets nothing reads the event again when its turn comes. */
export class HeldBudget {
  readonly #maxBytes: number
  readonly #maxBytesEach: number
  #bytes = 0

  /** Defaults: 64 MiB of all feeds together, 1 MiB of each. */
  constructor(maxBytes = 64 * 1024 * 1024, maxBytesEach = 1024 * 1024) {
    this.#maxBytes = maxBytes
    this.#maxBytesEach = maxBytesEach
  }

  /** What is held now. */
  get bytes(): number {
    return this.#bytes
  }

  /** Takes `bytes` for a feed that holds `own` already; false when one bound or the other is reached. */
  take(own: number, bytes: number): boolean {
    if (own + bytes > this.#maxBytesEach || this.#bytes + bytes > this.#maxBytes) return false
    this.#bytes += bytes
    return true
  }

  /** Gives back what was taken. */
  giveBack(bytes: number): void {
    this.#bytes -= bytes
  }
}
