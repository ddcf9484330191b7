/** What may stall: frames wait for a socket that takes none. */
export interface Waiting {
  /** Bytes that wait now. */
  readonly bytes: number
  /** Grows whenever the socket takes something. */
  readonly taken: number
  /** The socket has taken nothing for too long while more than the bound waited. Called once; must not throw. */
  stalled(): void
}

/** A client has so many looks to take something before it counts as stalled. */
export const STALL_LOOKS = 10

/**
 * Finds the clients that do not read. Looks are counted, not time: a process that stood still, and wrote nothing, has looked
 * once. One watch serves all connections of a server; those for whom little waits cost nothing.
 */
export class StallWatch {
  readonly #maxBytes: number
  readonly #looks = new Map<Waiting, { taken: number; count: number }>()

  /** `maxBytes`: so much may wait for as long as it likes. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Looks at this one from now on if more than the bound waits for it. */
  notice(waiting: Waiting): void {
    if (waiting.bytes > this.#maxBytes && !this.#looks.has(waiting))
      this.#looks.set(waiting, { taken: waiting.taken, count: 0 })
  }

  /** Looks at those who were noticed; to be called {@link STALL_LOOKS} times in the time that a client may stand still. */
  look(): void {
    for (const [waiting, look] of this.#looks) {
      if (waiting.bytes <= this.#maxBytes) this.#looks.delete(waiting)
      else if (waiting.taken !== look.taken) Object.assign(look, { taken: waiting.taken, count: 0 })
      else if (++look.count >= STALL_LOOKS) {
        this.#looks.delete(waiting)
        waiting.stalled()
      }
    }
  }
}
