import type { Connection, Join, Reply, TopicHandler } from '../handler.js'
import type { Ref } from '../wire/message.js'
import type { AddressedArrival, JoiningConnection, Slot } from './arrival.js'

/** Where a join has its topic's place. */
export type JoinPlace<C> = {
  connection: JoiningConnection<C>
  /** Makes the topic free. */
  free(topic: string): void
  /** Begins a newer join of the topic in place of this one. */
  replace(request: AddressedArrival, replaced: PhoenixJoin<C>): void
}

/** One join of one topic, from the request to its end. It takes the topic's slot when the join is answered. */
export class PhoenixJoin<C> implements Join<C>, Slot {
  readonly topic: string
  readonly joinRef: Ref
  readonly #place: JoinPlace<C>
  readonly #handler: TopicHandler<C>
  /** Inbound messages are compared with the join_ref as it was sent, null included. */
  readonly #sentJoinRef: Ref
  #phase: 'joining' | 'doomed' | 'joined' | 'gone' = 'joining'

  constructor(place: JoinPlace<C>, handler: TopicHandler<C>, request: AddressedArrival) {
    this.#place = place
    this.#handler = handler
    this.topic = request.topic
    this.#sentJoinRef = request.joinRef
    this.joinRef = request.joinRef ?? request.ref
  }

  get connection(): Connection<C> {
    return this.#place.connection
  }

  get isJoined(): boolean {
    return this.#phase === 'joined'
  }

  /** Whether the handler has ended the join before it was answered. */
  get isDoomed(): boolean {
    return this.#phase === 'doomed'
  }

  /** The join has resolved: from here on `left` is owed to the handler. */
  admit(): void {
    this.#phase = 'joined'
  }

  /** Runs the handler's `attached`, unless the join has ended already. */
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
    if (this.#phase === 'joined')
      this.#place.connection.pushEvent(this.joinRef, null, this.topic, event, payload)
  }

  close(): void {
    this.#finish('phx_close', {})
  }

  crash(): void {
    this.#finish('phx_error', { reason: 'channel_crash' })
  }

  /** Tells the client that a newer join has replaced this one, unless it could not tell whose end that is. */
  sendReplaced(): void {
    if (this.#place.connection.carriesJoinRef || this.#sentJoinRef !== null) this.#sendEnd('phx_close', {})
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
      this.#place.connection.logFault(error, this.topic)
    }
  }

  #replace(request: AddressedArrival): void {
    this.#place.free(this.topic)
    this.end()
    this.#place.replace(request, this)
  }

  #leave(ref: Ref): void {
    this.#place.connection.reply(this.joinRef, ref, this.topic, 'ok', {})
    this.close()
  }

  #take({ event, payload, ref }: AddressedArrival): void {
    try {
      const work: unknown = this.#handler.push(this, event, payload, this.#replyTo(ref))
      if (work instanceof Promise) work.catch((error: unknown) => this.#fail(error))
    } catch (error) {
      this.#fail(error)
    }
  }

  #replyTo(ref: Ref): Reply {
    let isOpen = true
    return (status, response) => {
      if (isOpen && this.#phase === 'joined')
        this.#place.connection.reply(this.joinRef, ref, this.topic, status, response)
      isOpen = false
    }
  }

  #fail(error: unknown): void {
    this.#place.connection.logFault(error, this.topic)
    this.crash()
  }

  #finish(event: 'phx_close' | 'phx_error', payload: object): void {
    if (this.#phase === 'joining') this.#phase = 'doomed'
    if (this.#phase !== 'joined') return
    this.#sendEnd(event, payload)
    this.#place.free(this.topic)
    this.end()
  }

  #sendEnd(event: 'phx_close' | 'phx_error', payload: object): void {
    this.#place.connection.pushEvent(this.#sentJoinRef, this.#sentJoinRef, this.topic, event, payload)
  }
}
