/** How often it is looked whose session has ended, in milliseconds. */
const TICK_MS = 250

/**
 * Ends what ends with a session, within half a second of its time: slots of a quarter of a second and one timer while there is
 * anything, however much there is.
 */
export class SessionEnds<T> {
  readonly #end: (bound: T) => void
  readonly #now: () => number
  readonly #slots = new Map<number, Set<T>>()
  #nextSlot: number
  #timer: NodeJS.Timeout | undefined

  /** `end` is called once for each; `now`, in milliseconds on a monotonic clock, is for tests. */
  constructor(end: (bound: T) => void, now: () => number = () => performance.now()) {
    this.#end = end
    this.#now = now
    this.#nextSlot = toSlot(now())
  }

  /** Ends it at a time of `performance.now()`, unless it is removed before; at the next look where that time has passed. */
  add(bound: T, endsAt: number): void {
    const slot = Math.max(toSlot(endsAt), this.#nextSlot)
    const others = this.#slots.get(slot)
    if (others) others.add(bound)
    else this.#slots.set(slot, new Set([bound]))
    this.#timer ??= setInterval(() => this.look(), TICK_MS).unref()
  }

  /** Forgets it; it was added with that time. */
  remove(bound: T, endsAt: number): void {
    const slot = toSlot(endsAt)
    const others = this.#slots.get(slot)
    others?.delete(bound)
    if (others?.size === 0) this.#slots.delete(slot)
  }

  /** Ends those whose time has come. Called by its own timer. */
  look(): void {
    for (const current = toSlot(this.#now()); this.#nextSlot < current; this.#nextSlot++) {
      const ended = this.#slots.get(this.#nextSlot) ?? []
      this.#slots.delete(this.#nextSlot)
      for (const bound of ended) this.#end(bound)
    }
    if (this.#slots.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

function toSlot(at: number): number {
  return Math.floor(at / TICK_MS)
}
