import { Channel } from './channel.js'
import { JoinRefused, type ChannelHandler, type Joined } from '../handler.js'
import type { AddressedArrival, Slot } from './slot.js'
import type { Topics } from './topics.js'

/**
 * A join that runs. It holds its topic until the handler has settled, and the topic's messages until then, so that two
 * joins of one topic never run together; the client is answered at the deadline at the latest.
 */
export class Joining<C> implements Slot {
  readonly #topics: Topics<C>
  readonly #handler: ChannelHandler<C>
  readonly #request: AddressedArrival
  readonly #channel: Channel<C>
  readonly #replaced: Channel<C> | undefined
  readonly #abort = new AbortController()
  readonly #waiting: AddressedArrival[] = []
  #isAnswered = false
  #timer: NodeJS.Timeout | undefined

  /** `replaced` is the channel that this join puts an end to; its `phx_close` follows this join's reply. */
  constructor(
    topics: Topics<C>,
    handler: ChannelHandler<C>,
    request: AddressedArrival,
    replaced: Channel<C> | undefined,
  ) {
    this.#topics = topics
    this.#handler = handler
    this.#request = request
    this.#replaced = replaced
    this.#channel = new Channel(topics, handler, request)
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
    this.#topics.settle(this.#channel, this.#waiting)
  }

  receive(message: AddressedArrival): void {
    if (this.#topics.hold(message)) this.#waiting.push(message)
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
      this.#accept(await this.#handler.join(this.#channel, payload, this.#abort.signal))
    } catch (error) {
      this.#refuse(error)
    }
  }

  #accept(joined: Joined): void {
    const { isDoomed } = this.#channel
    this.#channel.admit()
    if (isDoomed || this.#isAnswered) throw new JoinRefused({ reason: 'closed' })
    this.#answer('ok', typeof joined.response === 'function' ? joined.response() : joined.response)
    this.#topics.take(this.#channel)
    this.#channel.attach(joined.attached)
  }

  #refuse(error: unknown): void {
    this.#channel.end()
    const isRefusal = error instanceof JoinRefused
    if (this.#isAnswered) return
    if (!isRefusal) this.#topics.logFault(error, this.#request.topic)
    this.#answer('error', isRefusal ? error.response : { reason: 'join crashed' })
  }

  #expire(): void {
    this.#answer('error', { reason: 'timeout' })
    this.#abort.abort()
  }

  #answer(status: string, response: object): void {
    const { joinRef, ref, topic } = this.#request
    this.#topics.reply(joinRef, ref, topic, status, response)
    this.#isAnswered = true
    this.#replaced?.sendClose()
  }
}
