import type { Channel } from './channel.js'
import type { ConnectionHost } from '../connection-host.js'
import type { ChannelHandler, Connection } from '../handler.js'
import { Joining } from './joining.js'
import type { AddressedArrival, Arrival, Slot } from './slot.js'
import { closeCodes } from '../wire/close-codes.js'
import type { OutboundMessage, Ref } from '../wire/message.js'

/** What a held message costs beside its bytes. */
const HELD_MESSAGE_BYTES = 256

/** A connection as its topics see it. */
export interface TopicsConnection<C> extends Connection<C> {
  send(message: OutboundMessage): void
  /** A fault of ours: logs it and ends this connection, and no other. */
  fail(error: unknown): void
}

/**
 * The topics of one connection. A topic is free, being joined or joined, and each message is dispatched by that, so each topic
 * is a queue of its own: while a join runs, only its own topic waits.
 */
export class Topics<C> {
  readonly connection: TopicsConnection<C>
  readonly #host: ConnectionHost<C>
  readonly #slots = new Map<string, Slot>()
  #heldBytes = 0
  #hasEnded = false

  constructor(connection: TopicsConnection<C>, host: ConnectionHost<C>) {
    this.connection = connection
    this.#host = host
  }

  /** Handles one message from the client. */
  dispatch(message: Arrival): void {
    if (message.topic === 'phoenix' && message.event === 'heartbeat') {
      this.reply(null, message.ref, 'phoenix', 'ok', {})
    } else if (!isAddressed(message)) {
      this.#replyUnmatched(message)
    } else {
      const slot = this.#slots.get(message.topic)
      if (slot) slot.receive(message)
      else this.#receiveOnFree(message)
    }
  }

  /** Begins a join on a free topic. `replaced`: the channel that the client had there until now. */
  join(request: AddressedArrival, replaced?: Channel<C>): void {
    // A handler may have ended the connection while messages behind it were still to be dispatched.
    if (this.#hasEnded) return
    const handler = this.#handlerFor(request)
    if (handler === 'crashed') this.#replyError(request, 'join crashed')
    else if (handler === undefined) this.#replyUnmatched(request)
    else if (this.#slots.size >= this.#host.limits.maxChannelsPerConnection)
      this.#replyError(request, 'too many channels joined')
    else return this.#start(new Joining(this, handler, request, replaced), request.topic)
    replaced?.sendClose()
  }

  /** Gives the channel its topic: the join has been answered. */
  take(channel: Channel<C>): void {
    if (this.#hasEnded) channel.end()
    else this.#slots.set(channel.topic, channel)
  }

  /** Makes the topic free. */
  free(topic: string): void {
    this.#slots.delete(topic)
  }

  /** The join of this channel is over: its topic is free unless joined, and what waited is dispatched, in order. */
  settle(channel: Channel<C>, waiting: readonly AddressedArrival[]): void {
    if (this.#slots.get(channel.topic) instanceof Joining) this.free(channel.topic)
    for (const message of waiting) this.#heldBytes -= message.bytes + HELD_MESSAGE_BYTES
    for (const message of waiting) this.dispatch(message)
  }

  /** Whether the message may wait for a join. All that wait are bounded by `maxBufferedBytes`; beyond it the connection is closed. */
  hold(message: Arrival): boolean {
    this.#heldBytes += message.bytes + HELD_MESSAGE_BYTES
    if (this.#heldBytes <= this.#host.limits.maxBufferedBytes) return true
    this.connection.close(closeCodes.overloaded, 'too much waits for a join')
    return false
  }

  send(message: OutboundMessage): void {
    this.connection.send(message)
  }

  /** Sends a reply. */
  reply(joinRef: Ref, ref: Ref, topic: unknown, status: string, response: object): void {
    const payloadJson = `{"status":${JSON.stringify(status)},"response":${JSON.stringify(response)}}`
    this.connection.send({ joinRef, ref, topic, event: 'phx_reply', payloadJson })
  }

  /** Logs what a handler has thrown. */
  logFault(error: unknown, topic: string): void {
    this.#host.log.error({ err: error, connectionId: this.connection.id, topic }, 'a channel handler failed')
  }

  /** The connection ends: every join is aborted and every channel leaves. */
  end(): void {
    this.#hasEnded = true
    const slots = [...this.#slots.values()]
    this.#slots.clear()
    for (const slot of slots) slot.end()
  }

  #start(joining: Joining<C>, topic: string): void {
    this.#slots.set(topic, joining)
    joining.run(this.#host.limits.joinTimeoutMs).catch((error: unknown) => this.connection.fail(error))
  }

  #handlerFor({ topic }: AddressedArrival): ChannelHandler<C> | undefined | 'crashed' {
    try {
      return this.#host.handler.channel(topic)
    } catch (error) {
      this.logFault(error, topic)
      return 'crashed'
    }
  }

  #receiveOnFree(message: AddressedArrival): void {
    if (message.event === 'phx_join') this.join(message)
    else if (message.event === 'phx_leave') this.reply(message.joinRef, message.ref, message.topic, 'ok', {})
    else this.#replyUnmatched(message)
  }

  #replyUnmatched({ ref, topic }: Arrival): void {
    this.reply(null, ref, topic, 'error', { reason: 'unmatched topic' })
  }

  #replyError({ joinRef, ref, topic }: Arrival, reason: string): void {
    this.reply(joinRef, ref, topic, 'error', { reason })
  }
}

function isAddressed(message: Arrival): message is AddressedArrival {
  return typeof message.topic === 'string' && typeof message.event === 'string'
}
