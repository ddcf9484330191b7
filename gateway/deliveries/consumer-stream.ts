import type { ClientDuplexStream } from '@grpc/grpc-js'
import type {
  StreamDeliveriesRequest,
  StreamDeliveriesResponse,
} from '../../gen/recado/v1/deliveries_service.js'
import type { Log } from '../../lib/log.js'

type Stream = ClientDuplexStream<StreamDeliveriesRequest, StreamDeliveriesResponse>

/** What a stream tells. */
export type StreamEvents = {
  /** A frame came. */
  onFrame(frame: StreamDeliveriesResponse): void
  /** The whole interest is in force on a new stream: whatever was missed before must be read. */
  onInForce(): void
  /** The stream was lost: frames may be missing. */
  onLost(): void
}

/** What a stream needs. */
export type ConsumerStreamOptions = StreamEvents & {
  open(): Stream
  origin: string
  /** The channels that are wanted now. */
  interest(): Iterable<string>
  log: Log
}

/** How long a consumer may take to put an interest in force, in milliseconds; beyond it the stream counts as lost. */
const IN_FORCE_MS = 1_000
const FIRST_BACKOFF_MS = 50
const MAX_BACKOFF_MS = 1_000

/** The stream to one consumer; opened again whenever it is lost, until it is closed. */
export class ConsumerStream {
  readonly #options: ConsumerStreamOptions
  #stream: Stream | undefined
  #version = 0
  #inForce = 0
  #waiting: { version: number; resolve: () => void; timer: NodeJS.Timeout }[] = []
  #backoffMs = FIRST_BACKOFF_MS
  #reopen: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: ConsumerStreamOptions) {
    this.#options = options
  }

  /** Whether it is open and its interest in force. */
  get isLive(): boolean {
    return this.#stream !== undefined && this.#inForce > 0
  }

  /** Opens the stream. */
  open(): void {
    if (this.#isClosed) return
    const stream = this.#options.open()
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
  async change(add: string[], remove: string[]): Promise<void> {
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

  #request(addChannelIds: string[], removeChannelIds: string[]): number {
    const version = ++this.#version
    this.#stream?.write({ origin: this.#options.origin, version, addChannelIds, removeChannelIds })
    return version
  }

  #wait(version: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#stream?.cancel(), IN_FORCE_MS)
      this.#waiting.push({ version, resolve, timer })
    })
  }

  #receive(frame: StreamDeliveriesResponse): void {
    this.#backoffMs = FIRST_BACKOFF_MS
    if (frame.inForce > 0) {
      this.#inForce = frame.inForce
      while (this.#waiting[0] && this.#waiting[0].version <= this.#inForce) this.#release()
    }
    if (frame.events.length > 0 || frame.outcomes.length > 0) this.#options.onFrame(frame)
  }

  #lose(error: Error | undefined): void {
    const wasLive = this.isLive
    this.#stream = undefined
    this.#releaseAll()
    if (this.#isClosed) return
    this.#options.log.debug({ err: error }, 'a stream of deliveries was lost')
    if (wasLive) this.#options.onLost()
    this.#reopen = setTimeout(() => this.open(), this.#backoffMs * (0.5 + Math.random() / 2))
    this.#backoffMs = Math.min(this.#backoffMs * 2, MAX_BACKOFF_MS)
  }

  #releaseAll(): void {
    while (this.#waiting.length > 0) this.#release()
  }

  #release(): void {
    const first = this.#waiting.shift()
    if (!first) return
    clearTimeout(first.timer)
    first.resolve()
  }
}
