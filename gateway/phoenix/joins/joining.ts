import { JoinRefused, type Joined, type TopicHandler } from '../handler.js'
import type { AddressedArrival, Slot } from './arrival.js'
import { PhoenixJoin, type JoinPlace } from './join.js'

/** Where a join runs. */
export type JoiningPlace<C> = JoinPlace<C> & {
  /** Gives the join its topic: it has been answered. */
  take(join: PhoenixJoin<C>): void
  /** Whether a message may wait for the join; if not, the connection is closed. */
  hold(message: AddressedArrival): boolean
  /** The join is over, one way or the other; what waited is dispatched, in order. */
  settle(topic: string, waiting: readonly AddressedArrival[]): void
}

/**
 * A join that runs. It holds its topic until the handler has settled, and the topic's messages until then, so that two
 * joins of one topic never run together; the client is answered at the deadline at the latest.
 */
export class Joining<C> implements Slot {
  readonly #place: JoiningPlace<C>
  readonly #handler: TopicHandler<C>
  readonly #request: AddressedArrival
  readonly #join: PhoenixJoin<C>
  readonly #replaced: PhoenixJoin<C> | undefined
  readonly #abort = new AbortController()
  readonly #waiting: AddressedArrival[] = []
  #isAnswered = false
  #timer: NodeJS.Timeout | undefined

  /** `replaced` is the join that this one puts an end to; its `phx_close` follows this one's reply. */
  constructor(
    place: JoiningPlace<C>,
    handler: TopicHandler<C>,
    request: AddressedArrival,
    replaced: PhoenixJoin<C> | undefined,
  ) {
    this.#place = place
    this.#handler = handler
    this.#request = request
    this.#replaced = replaced
    this.#join = new PhoenixJoin(place, handler, request)
  }

  /** Runs the join to its end. The deadline counts from the request, also where it had to wait. */
  async run(timeoutMs: number): Promise<void> {
    const remainingMs = this.#request.receivedAtMs + timeoutMs - performance.now()
    if (remainingMs < 1) {
      this.#answer('error', { reason: 'timeout' })
    } else {
      this.#timer = setTimeout(() => this.#expire(), remainingMs)
      await this.#attempt()
      clearTimeout(this.#timer)
    }
    this.#place.settle(this.#join.topic, this.#waiting)
  }

  receive(message: AddressedArrival): void {
    if (this.#place.hold(message)) this.#waiting.push(message)
  }

  end(): void {
    this.#isAnswered = true
    this.#waiting.length = 0
    clearTimeout(this.#timer)
    this.#abort.abort()
  }

  async #attempt(): Promise<void> {
    try {
      const payload = this.#request.payload ?? {}
      this.#accept(await this.#handler.join(this.#join, payload, this.#abort.signal))
    } catch (error) {
      this.#refuse(error)
    }
  }

  #accept(joined: Joined): void {
    const { isDoomed } = this.#join
    this.#join.admit()
    if (isDoomed || this.#isAnswered) throw new JoinRefused({ reason: 'closed' })
    this.#answer('ok', typeof joined.response === 'function' ? joined.response() : joined.response)
    this.#place.take(this.#join)
    this.#join.attach(joined.attached)
  }

  #refuse(error: unknown): void {
    this.#join.end()
    const isRefusal = error instanceof JoinRefused
    if (this.#isAnswered) return
    if (!isRefusal) this.#place.connection.logFault(error, this.#request.topic)
    this.#answer('error', isRefusal ? error.response : { reason: 'join crashed' })
  }

  #expire(): void {
    this.#answer('error', { reason: 'timeout' })
    this.#abort.abort()
  }

  #answer(status: string, response: object): void {
    const { joinRef, ref, topic } = this.#request
    this.#place.connection.reply(joinRef, ref, topic, status, response)
    this.#isAnswered = true
    this.#replaced?.sendReplaced()
  }
}
