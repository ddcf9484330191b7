/** What is kept alive by a heartbeat. */
export type Beating = { beat(): void }

/** One timer for any number of connections: each is asked to beat once a period, spread evenly over it. */
export class Heartbeats {
  readonly #turns: Set<Beating>[]
  readonly #tickMs: number
  #timer: NodeJS.Timeout | undefined
  #turn = 0
  #size = 0

  /** `periodMs` between two beats of one connection; default 30 s, as Phoenix clients do. */
  constructor(periodMs = 30_000, turns = 30) {
    this.#turns = Array.from({ length: turns }, () => new Set<Beating>())
    this.#tickMs = periodMs / turns
  }

  /** Begins to ask `beating`. Returns the function that ends it. */
  add(beating: Beating): () => void {
    const turn = this.#turns[this.#size % this.#turns.length]
    turn?.add(beating)
    this.#size += 1
    this.#timer ??= setInterval(() => this.#tick(), this.#tickMs).unref()
    return () => turn?.delete(beating)
  }

  /** Stops the timer. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    this.#turn = (this.#turn + 1) % this.#turns.length
    for (const beating of this.#turns[this.#turn] ?? []) beating.beat()
  }
}
