import type { InboundMessage } from '../wire/message.js'

/** A message as a connection got it. */
export type Arrival = InboundMessage & {
  /** The size of its frame. */
  bytes: number
  /** When, on the monotonic clock. */
  receivedAtMs: number
}

/** A message that names a topic and an event; only such can reach a channel. */
export type AddressedArrival = Arrival & { topic: string; event: string }

/** What a topic of a connection is taken by: a join that runs, or a channel. */
export interface Slot {
  /** Takes a message for the topic. */
  receive(message: AddressedArrival): void
  /** The connection ends. Nothing is sent; idempotent. */
  end(): void
}
