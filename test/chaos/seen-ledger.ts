import type { WireMessage } from '../../bench/api.js'
import { ChannelLedger } from '../../bench/chat/ledger.js'
import type { Sending } from '../../bench/chat/sending.js'

/** A ledger that takes what its readers see as the word that a message is stored, for ways that tell no more than `accepted`. */
export class SeenLedger extends ChannelLedger {
  readonly #seen = new Map<string, WireMessage>()
  readonly #awaited = new Map<string, Sending>()

  override learn(message: WireMessage, frame?: Buffer): void {
    super.learn(message, frame)
    if (message.nonce === undefined) return
    this.#seen.set(message.nonce, message)
    this.#awaited.get(message.nonce)?.stored(message)
    this.#awaited.delete(message.nonce)
  }

  /** The message was accepted: it is stored once somebody has seen it. */
  awaitSight(sending: Sending): void {
    const { nonce } = sending.options
    const seen = this.#seen.get(nonce)
    if (seen) sending.stored(seen)
    else if (sending.state === 'accepted') this.#awaited.set(nonce, sending)
  }
}
