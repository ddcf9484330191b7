import type { ServerDuplexStream } from '@grpc/grpc-js'
import type { StreamDeliveriesRequest } from '../../gen/recado/v1/deliveries_service.js'
import type { EncodedEvent } from '../../contract/events.js'
import type { Outcome } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import { toGrpcStatus } from '../../lib/grpc/status.js'
import type { ActivityReader } from './activity.js'
import { encodeFrames, encodeInForce } from './frames.js'
import type { DeliveriesHub, Subscriber } from './deliveries-hub.js'

/** The reader's end: a gRPC stream of frames that are encoded already. */
export type FrameStream = Pick<ServerDuplexStream<StreamDeliveriesRequest, Buffer>, 'write' | 'on' | 'emit'>

/** How many bytes may wait for a reader; beyond it the reader is a slow consumer and its stream ends. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024

/** One reader's stream. While the transport does not drain, frames wait here and are counted. */
export class DeliveryStream implements Subscriber, ActivityReader {
  readonly origin: string
  readonly #stream: FrameStream
  readonly #hub: DeliveriesHub
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #isBlocked = false
  #isOver = false

  /** `first` names the caller. */
  constructor(stream: FrameStream, hub: DeliveriesHub, first: StreamDeliveriesRequest) {
    this.#stream = stream
    this.#hub = hub
    this.origin = first.origin
    hub.add(this)
    if (first.activity) hub.activity.add(this)
    stream.on('drain', () => this.#drain())
    this.request(first)
  }

  /** Applies a change of interest and says that it is in force. */
  request({ version, addChannelIds, removeChannelIds }: StreamDeliveriesRequest): void {
    this.#hub.change(this, addChannelIds, removeChannelIds)
    this.#write(encodeInForce(version))
  }

  deliver(events: EncodedEvent[], outcomes: Outcome[]): void {
    for (const frame of encodeFrames(events, outcomes)) this.#write(frame)
  }

  tellActivity(frames: readonly Buffer[]): void {
    for (const frame of frames) this.#write(frame)
  }

  end(error: RecadoError): void {
    if (this.#isOver) return
    this.forget()
    this.#stream.emit('error', toGrpcStatus(error))
  }

  /** Nothing more is delivered. */
  forget(): void {
    this.#isOver = true
    this.#hub.remove(this)
    this.#waiting = []
    this.#waitingBytes = 0
  }

  #write(frame: Buffer): void {
    if (this.#isOver) return
    if (!this.#isBlocked) {
      this.#isBlocked = !this.#stream.write(frame)
      return
    }
    this.#waiting.push(frame)
    this.#waitingBytes += frame.length
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.end(
        new RecadoError(
          'resource_exhausted',
          'You read deliveries too slowly. Read on from the log and come back.',
        ),
      )
    }
  }

  #drain(): void {
    this.#isBlocked = false
    while (!this.#isBlocked) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#waitingBytes -= next.length
      this.#isBlocked = !this.#stream.write(next)
    }
  }
}
