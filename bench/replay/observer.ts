import type { ChannelLedger } from '../chat/ledger.js'
import { Seat, type SeatOptions } from '../chat/seat.js'
import type { Subscription } from '../chat/subscription.js'

/** A connection may join so many topics. */
const maxTopics = 100

/** One user who is joined to every channel throughout, on as many connections as that takes. */
export class Observer {
  readonly #seats: Seat[] = []
  readonly #subscriptions = new Map<ChannelLedger, Subscription>()

  /** Joins all channels. */
  async watch(ledgers: readonly ChannelLedger[], options: SeatOptions): Promise<void> {
    for (let start = 0; start < ledgers.length; start += maxTopics) {
      const seat = new Seat(options)
      this.#seats.push(seat)
      for (const ledger of ledgers.slice(start, start + maxTopics)) {
        this.#subscriptions.set(ledger, await seat.join(ledger))
      }
    }
  }

  /** The observer's position on a channel. */
  on(ledger: ChannelLedger): Subscription {
    const subscription = this.#subscriptions.get(ledger)
    if (!subscription) throw new Error(`${ledger.label} is not observed`)
    return subscription
  }

  /** Closes the connections. */
  close(): void {
    for (const seat of this.#seats) seat.close()
  }
}
