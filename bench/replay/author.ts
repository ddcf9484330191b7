import type { ChannelLedger } from '../chat/ledger.js'
import { Sender } from '../chat/sender.js'
import type { SeatOptions } from '../chat/seat.js'
import type { Sending } from '../chat/sending.js'

/** An author of the log: one user with one connection, who speaks in one or more channels. */
export class Author {
  readonly sender: Sender
  #turn: Promise<void> = Promise.resolve()
  /** What the author still does to messages of theirs. */
  readonly #busy = new Set<Promise<void>>()

  constructor(options: Omit<SeatOptions, 'onOutcome' | 'onBack'>) {
    this.sender = new Sender(options)
  }

  /** Waits until the author's last message is accepted. Returns what ends the turn. */
  async takeTurn(): Promise<() => void> {
    const before = this.#turn
    let end = () => {}
    this.#turn = new Promise((resolve) => (end = resolve))
    await before
    return end
  }

  /** Takes note of work that the author must stay for, and waits for it. */
  async busy(work: Promise<void>): Promise<void> {
    const noted = work.finally(() => this.#busy.delete(noted))
    this.#busy.add(noted)
    await noted
  }

  /** Leaves a channel once all that the author sent there, `last` at the end, is settled and has come back to them. */
  async leave(ledger: ChannelLedger, last: Sending): Promise<void> {
    await Promise.all(this.#busy)
    const seq = await this.sender.settled(ledger)
    await this.sender.seat.subscription(ledger)?.reached(Math.max(seq, last.seq ?? 0))
    await this.sender.seat.leave(ledger)
  }
}
