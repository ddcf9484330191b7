import type { Connection } from '../handler.js'
import type { InboundMessage, Ref, Scalar } from '../wire/message.js'

/** A message as a connection got it. */
export type Arrival = InboundMessage & {
  /** The size of its frame. */
  bytes: number
  /** When, on the monotonic clock. */
  receivedAtMs: number
}

/** A message that names a topic and an event; only such can reach a join. */
export type AddressedArrival = Arrival & { topic: string; event: string }

/** What a topic of a connection is taken by: a join that runs, or one that was answered. */
export interface Slot {
  /** Takes a message for the topic. */
  receive(message: AddressedArrival): void
  /** The connection ends. Nothing is sent; idempotent. */
  end(): void
}

/** A connection as its joins see it. */
export interface JoiningConnection<C> extends Connection<C> {
  /** Whether what it is sent carries the join_ref, by which it tells a topic's joins apart. */
  readonly carriesJoinRef: boolean
  /** Sends a reply. */
  reply(joinRef: Ref, ref: Ref, topic: Scalar, status: string, response: object): void
  /** Sends an event that is for this client alone. */
  pushEvent(joinRef: Ref, ref: Ref, topic: string, event: string, payload: object): void
  /** A fault of ours: logs it and ends this connection, and no other. */
  fail(error: unknown): void
  /** Logs what a handler has thrown. */
  logFault(error: unknown, topic: string): void
}
