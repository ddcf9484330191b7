import type { ClientDuplexStream } from '@grpc/grpc-js'
import type {
  StreamDeliveriesRequest,
  StreamDeliveriesResponse,
} from '../../gen/recado/v1/deliveries_service.js'
import { Backoff } from '../../lib/backoff.js'
import type { Log } from '../../lib/log.js'

/** The stream as gRPC has it. */
export type DeliveryStream = ClientDuplexStream<StreamDeliveriesRequest, StreamDeliveriesResponse>

/** What streams need and tell. */
export type ConsumerStreamOptions = {
  /** This gateway, as the messages that it publishes name it. */
  origin: string
  /** The channels that are wanted now. */
  interest(): Iterable<string>
  /** A frame came. */
  onFrame(frame: StreamDeliveriesResponse): void
  /** The whole interest is in force on a new stream: whatever was missed before must be read. */
  onInForce(): void
  /** The stream was lost: frames may be missing. */
  onLost(): void
  log: Log
}

/** How long a consumer may take to put an interest in force, in milliseconds; beyond it the stream counts as lost. */
const IN_FORCE_MS = 1_000
const BACKOFF = { firstMs: 50, maxMs: 1_000 }
/** Channels that one request names: with the longest ids, less than a MiB. */
const CHUNK = 2_000

type Waiter = { version: number; resolve: () => void; timer: NodeJS.Timeout }

/** The stream to one consumer; opened again whenever it is lost, until it is closed. */
export class ConsumerStream {
  readonly #openStream: () => DeliveryStream
  readonly #options: ConsumerStreamOptions
  readonly #backoff = new Backoff(BACKOFF)
  #stream: DeliveryStream | undefined
  #version = 0
  #inForce = 0
  #waiters: Waiter[] = []
  #reopen: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(openStream: () => DeliveryStream, options: ConsumerStreamOptions) {
    this.#openStream = openStream
    this.#options = options
  }

  /** Whether it is open and its interest in force. */
  get isLive(): boolean {
    return this.#stream !== undefined && this.#inForce > 0
  }

  /** Opens the stream. */
  open(): void {
    if (this.#isClosed) return
    const stream = this.#openStream()
    this.#stream = stream
    this.#inForce = 0
    stream.on('data', (frame: StreamDeliveriesResponse) => {
      if (this.#stream === stream) this.#receive(frame)
    })
    const lost = (error?: Error) => {
      if (this.#stream === stream) this.#lose(error)
    }
    stream.on('error', lost)
    stream.on('end', lost)
    const version = this.#request([...this.#options.interest()], [])
    void this.#wait(version).then(() => {
      if (this.#stream === stream && this.#inForce >= version) this.#options.onInForce()
    })
  }

  /** Changes the interest. Resolves when it is in force, when the stream is lost, or after a second, which ends the stream. */
  async change(add: readonly string[], remove: readonly string[]): Promise<void> {
    if (!this.#stream) return
    await this.#wait(this.#request(add, remove))
  }

  /** Ends the stream for good. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#reopen)
    this.#stream?.cancel()
    this.#stream = undefined
    this.#releaseAll()
  }

  /** Asks in as many requests as it takes, at least one; returns the version of the last. */
  #request(add: readonly string[], remove: readonly string[]): number {
    let at = 0
    do {
      this.#stream?.write({
        origin: this.#options.origin,
        version: `${++this.#version}`,
        activity: true,
        addChannelIds: add.slice(at, at + CHUNK),
        removeChannelIds: remove.slice(at, at + CHUNK),
      })
      at += CHUNK
    } while (at < Math.max(add.length, remove.length))
    return this.#version
  }

  #wait(version: number): Promise<void> {
    const stream = this.#stream
    return new Promise((resolve) => {
      const timer = setTimeout(() => stream?.cancel(), IN_FORCE_MS)
      this.#waiters.push({ version, resolve, timer })
    })
  }

  #receive(frame: StreamDeliveriesResponse): void {
    this.#backoff.reset()
    const inForce = Number(frame.inForce)
    if (inForce > 0) {
      this.#inForce = inForce
      while (this.#waiters[0] && this.#waiters[0].version <= this.#inForce) this.#release()
    }
    if (frame.events.length > 0 || frame.outcomes.length > 0 || frame.activity.length > 0)
      this.#options.onFrame(frame)
  }

  #lose(error: Error | undefined): void {
    const wasLive = this.isLive
    this.#stream = undefined
    this.#releaseAll()
    if (this.#isClosed) return
    this.#options.log.debug({ err: error }, 'a stream of deliveries was lost')
    if (wasLive) this.#options.onLost()
    this.#reopen = setTimeout(() => this.open(), this.#backoff.next())
  }

  #releaseAll(): void {
    while (this.#waiters.length > 0) this.#release()
  }

  #release(): void {
    const first = this.#waiters.shift()
    if (!first) return
    clearTimeout(first.timer)
    first.resolve()
  }
}
