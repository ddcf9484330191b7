import type { SocketHandler, TopicHandler } from '../handler.js'
import { closeCodes } from '../wire/close-codes.js'
import type { AddressedArrival, Arrival, JoiningConnection, Slot } from './arrival.js'
import type { PhoenixJoin } from './join.js'
import { Joining, type JoiningPlace } from './joining.js'

/** What the joins of every connection share. */
export type JoinsHost<C> = {
  handler: Pick<SocketHandler<C>, 'topic'>
  limits: { maxTopicsPerConnection: number; maxBufferedBytes: number; joinTimeoutMs: number }
}

/** What a held message costs beside its bytes. */
const HELD_MESSAGE_BYTES = 256

/**
 * The joins of one connection. A topic is free, being joined or joined, and each message is dispatched by that, so each topic
 * is a queue of its own: while a join runs, only its own topic waits.
 */
export class Joins<C> implements JoiningPlace<C> {
  readonly connection: JoiningConnection<C>
  readonly #host: JoinsHost<C>
  readonly #slots = new Map<string, Slot>()
  #heldBytes = 0
  #hasEnded = false

  constructor(connection: JoiningConnection<C>, host: JoinsHost<C>) {
    this.connection = connection
    this.#host = host
  }

  /** Handles one message from the client. */
  dispatch(message: Arrival): void {
    if (message.topic === 'phoenix' && message.event === 'heartbeat') {
      this.connection.reply(null, message.ref, 'phoenix', 'ok', {})
    } else if (!isAddressed(message)) {
      this.#replyUnmatched(message)
    } else {
      const slot = this.#slots.get(message.topic)
      if (slot) slot.receive(message)
      else this.#receiveOnFree(message)
    }
  }

  replace(request: AddressedArrival, replaced: PhoenixJoin<C>): void {
    this.#join(request, replaced)
  }

  take(join: PhoenixJoin<C>): void {
    if (this.#hasEnded) join.end()
    else this.#slots.set(join.topic, join)
  }

  free(topic: string): void {
    this.#slots.delete(topic)
  }

  settle(topic: string, waiting: readonly AddressedArrival[]): void {
    if (this.#slots.get(topic) instanceof Joining) this.free(topic)
    for (const message of waiting) this.#heldBytes -= message.bytes + HELD_MESSAGE_BYTES
    for (const message of waiting) this.dispatch(message)
  }

  /** All that wait are bounded by `maxBufferedBytes`; beyond it the connection is closed. */
  hold(message: Arrival): boolean {
    this.#heldBytes += message.bytes + HELD_MESSAGE_BYTES
    if (this.#heldBytes <= this.#host.limits.maxBufferedBytes) return true
    this.connection.close(closeCodes.overloaded, 'too much waits for a join')
    return false
  }

  /** The connection ends: every join that runs is aborted and every other is left. */
  end(): void {
    this.#hasEnded = true
    const slots = [...this.#slots.values()]
    this.#slots.clear()
    for (const slot of slots) slot.end()
  }

  /** Begins a join on a free topic. `replaced`: the join that the client had there until now. */
  #join(request: AddressedArrival, replaced?: PhoenixJoin<C>): void {
    // A handler may have ended the connection while messages behind it were still to be dispatched.
    if (this.#hasEnded) return
    const handler = this.#handlerFor(request)
    if (handler === 'crashed') this.#replyError(request, 'join crashed')
    else if (handler === undefined) this.#replyUnmatched(request)
    else if (this.#slots.size >= this.#host.limits.maxTopicsPerConnection)
      this.#replyError(request, 'too many channels joined')
    else return this.#start(new Joining(this, handler, request, replaced), request.topic)
    replaced?.sendReplaced()
  }

  #start(joining: Joining<C>, topic: string): void {
    this.#slots.set(topic, joining)
    joining.run(this.#host.limits.joinTimeoutMs).catch((error: unknown) => this.connection.fail(error))
  }

  #handlerFor({ topic }: AddressedArrival): TopicHandler<C> | undefined | 'crashed' {
    try {
      return this.#host.handler.topic(topic)
    } catch (error) {
      this.connection.logFault(error, topic)
      return 'crashed'
    }
  }

  #receiveOnFree(message: AddressedArrival): void {
    if (message.event === 'phx_join') this.#join(message)
    else if (message.event === 'phx_leave')
      this.connection.reply(message.joinRef, message.ref, message.topic, 'ok', {})
    else this.#replyUnmatched(message)
  }

  #replyUnmatched({ ref, topic }: Arrival): void {
    this.connection.reply(null, ref, topic, 'error', { reason: 'unmatched topic' })
  }

  #replyError({ joinRef, ref, topic }: Arrival, reason: string): void {
    this.connection.reply(joinRef, ref, topic, 'error', { reason })
  }
}

function isAddressed(message: Arrival): message is AddressedArrival {
  return typeof message.topic === 'string' && typeof message.event === 'string'
}
