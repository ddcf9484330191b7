import type { ChannelContext, ChannelHandler, Connection, Reply } from '../handler.js'
import type { AddressedArrival, Slot } from './slot.js'
import type { Topics } from './topics.js'
import type { Ref } from '../wire/message.js'

/** One join of one topic, from the request to its end. It takes the topic's slot when the join is answered. */
export class Channel<C> implements ChannelContext<C>, Slot {
  readonly topic: string
  readonly joinRef: Ref
  readonly #topics: Topics<C>
  readonly #handler: ChannelHandler<C>
  /** Inbound messages are compared with the join_ref as it was sent, null included. */
  readonly #sentJoinRef: Ref
  #phase: 'joining' | 'doomed' | 'joined' | 'gone' = 'joining'

  constructor(topics: Topics<C>, handler: ChannelHandler<C>, request: AddressedArrival) {
    this.#topics = topics
    this.#handler = handler
    this.topic = request.topic
    this.#sentJoinRef = request.joinRef
    this.joinRef = request.joinRef ?? request.ref
  }

  get connection(): Connection<C> {
    return this.#topics.connection
  }

  get isJoined(): boolean {
    return this.#phase === 'joined'
  }

  /** Whether the handler has ended the channel before its join was answered. */
  get isDoomed(): boolean {
    return this.#phase === 'doomed'
  }

  /** The join has resolved: from here on `left` is owed to the handler. */
  admit(): void {
    this.#phase = 'joined'
  }

  /** Runs the handler's `attached`, unless the channel is gone again already. */
  attach(attached: (() => void) | undefined): void {
    if (this.#phase !== 'joined') return
    try {
      attached?.()
    } catch (error) {
      this.#fail(error)
    }
  }

  push(event: string, payload: object): void {
    if (this.#phase === 'joining') throw new Error('nothing can be pushed before the join is answered')
    if (this.#phase === 'joined') this.#send(this.joinRef, null, event, payload)
  }

  close(): void {
    this.#finish('phx_close', {})
  }

  crash(): void {
    this.#finish('phx_error', { reason: 'channel_crash' })
  }

  /** Tells the client that this join is over: in its own right, or because a newer one has replaced it. */
  sendClose(): void {
    this.#send(this.#sentJoinRef, this.#sentJoinRef, 'phx_close', {})
  }

  receive(message: AddressedArrival): void {
    if (message.event === 'phx_join') this.#replace(message)
    else if (message.joinRef !== null && message.joinRef !== this.#sentJoinRef) return
    else if (message.event === 'phx_leave') this.#leave(message.ref)
    else this.#take(message)
  }

  end(): void {
    const wasJoined = this.#phase === 'joined'
    this.#phase = 'gone'
    if (!wasJoined) return
    try {
      this.#handler.left?.(this)
    } catch (error) {
      this.#topics.logFault(error, this.topic)
    }
  }

  #replace(request: AddressedArrival): void {
    this.#topics.free(this.topic)
    this.end()
    this.#topics.join(request, this)
  }

  #leave(ref: Ref): void {
    this.#topics.reply(this.joinRef, ref, this.topic, 'ok', {})
    this.close()
  }

  #take(message: AddressedArrival): void {
    try {
      const work: unknown = this.#handler.push(
        this,
        message.event,
        message.payload,
        this.#replyTo(message.ref),
      )
      if (work instanceof Promise) work.catch((error: unknown) => this.#fail(error))
    } catch (error) {
      this.#fail(error)
    }
  }

  #replyTo(ref: Ref): Reply {
    let isOpen = true
    return (status, response) => {
      if (isOpen && this.#phase === 'joined')
        this.#topics.reply(this.joinRef, ref, this.topic, status, response)
      isOpen = false
    }
  }

  #fail(error: unknown): void {
    this.#topics.logFault(error, this.topic)
    this.crash()
  }

  #finish(event: 'phx_close' | 'phx_error', payload: object): void {
    if (this.#phase === 'joining') this.#phase = 'doomed'
    if (this.#phase !== 'joined') return
    this.#send(this.#sentJoinRef, this.#sentJoinRef, event, payload)
    this.#topics.free(this.topic)
    this.end()
  }

  #send(joinRef: Ref, ref: Ref, event: string, payload: object): void {
    this.#topics.send({ joinRef, ref, topic: this.topic, event, payloadJson: JSON.stringify(payload) })
  }
}
