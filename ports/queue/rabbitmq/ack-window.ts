/** What to tell the broker. */
export type Acks = {
  /** Acknowledge everything up to this tag in one go. */
  upTo: number | undefined
  /** Acknowledge each of these alone: something before it is not settled yet. */
  alone: number[]
}

/**
 * Finds the fewest acknowledgements for settled deliveries. Tags begin at 1 and rise by one. A tag acknowledged alone is never
 * the end of a range: the broker would not find it and take later deliveries for acknowledged.
 */
export class AckWindow {
  #firstUnsettled = 1
  readonly #settledAhead = new Set<number>()

  /** Marks tags as settled; those that already are change nothing. */
  settle(tags: readonly number[]): Acks {
    const acks: Acks = { upTo: undefined, alone: [] }
    for (const tag of tags) {
      if (tag < this.#firstUnsettled || this.#settledAhead.has(tag)) continue
      if (tag === this.#firstUnsettled) {
        acks.upTo = tag
        this.#advance()
      } else {
        acks.alone.push(tag)
        this.#settledAhead.add(tag)
      }
    }
    return acks
  }

  #advance(): void {
    do this.#firstUnsettled += 1
    while (this.#settledAhead.delete(this.#firstUnsettled))
  }
}
