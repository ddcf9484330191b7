import { ConsumerStream, type ConsumerStreamOptions, type DeliveryStream } from './consumer-stream.js'

/** A stream to each consumer, added and removed one by one while the gateway runs. */
export class ConsumerStreams {
  readonly #options: ConsumerStreamOptions
  readonly #streams = new Map<string, ConsumerStream>()

  constructor(options: ConsumerStreamOptions) {
    this.#options = options
  }

  /** Whether at least one consumer is heard. */
  get isLive(): boolean {
    return [...this.#streams.values()].some((stream) => stream.isLive)
  }

  /** The streams that are there now. */
  all(): Iterable<ConsumerStream> {
    return this.#streams.values()
  }

  /** Opens a stream to the consumer at an address, with the whole interest; one that is there stays. */
  add(address: string, open: () => DeliveryStream): void {
    if (this.#streams.has(address)) return
    const stream = new ConsumerStream(open, this.#options)
    this.#streams.set(address, stream)
    stream.open()
  }

  /** Ends the stream to an address: the consumer is gone. What it had in hand counts as lost. */
  remove(address: string): void {
    const stream = this.#streams.get(address)
    if (!stream) return
    this.#streams.delete(address)
    stream.close()
    this.#options.onLost()
  }

  /** Ends them all. */
  close(): void {
    for (const stream of this.#streams.values()) stream.close()
    this.#streams.clear()
  }
}
