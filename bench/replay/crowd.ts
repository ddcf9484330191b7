import type { Findings } from '../chat/findings.js'
import type { Seat } from '../chat/seat.js'

/** What is opened and closed here. */
type Openable = Pick<Seat, 'open' | 'close'>

/** The authors' seats: at most so many are open, and the least recently used idle one makes room for another. */
export class Crowd {
  readonly #limit: number
  readonly #findings: Findings
  /** Seats with a connection, the least recently used first, each with how many still need it. */
  readonly #open = new Map<Openable, number>()
  readonly #waiting: (() => void)[] = []

  constructor(limit: number, findings: Findings) {
    this.#limit = limit
    this.#findings = findings
  }

  /** How many connections are open or being opened. */
  get size(): number {
    return this.#open.size
  }

  /** Whether the seat has a connection now. */
  has(seat: Openable): boolean {
    return this.#open.has(seat)
  }

  /** Opens the connection, if need be, and keeps it open until {@link release}. */
  async hold(seat: Openable): Promise<void> {
    while (!this.#open.has(seat) && this.#open.size >= this.#limit && !this.#closeOne()) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    const holds = this.#open.get(seat) ?? 0
    this.#open.delete(seat)
    this.#open.set(seat, holds + 1)
    await seat.open()
  }

  /** The connection may be closed when another needs the room. */
  release(seat: Openable): void {
    const holds = (this.#open.get(seat) ?? 1) - 1
    this.#open.set(seat, holds)
    if (holds === 0) this.#waiting.shift()?.()
  }

  /** Closes every connection. */
  close(): void {
    for (const seat of this.#open.keys()) seat.close()
    this.#open.clear()
  }

  #closeOne(): boolean {
    for (const [seat, holds] of this.#open) {
      if (holds > 0) continue
      this.#open.delete(seat)
      seat.close()
      this.#findings.note('closed client')
      return true
    }
    return false
  }
}
