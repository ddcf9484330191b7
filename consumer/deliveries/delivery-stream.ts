import type { ServerDuplexStream } from '@grpc/grpc-js'
import type {
  StreamDeliveriesRequest,
  StreamDeliveriesResponse,
} from '../../gen/recado/v1/deliveries_service.js'
import type { Event, Outcome } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import { toGrpcStatus } from '../../lib/grpc/status.js'
import type { DeliveriesHub, Subscriber } from './deliveries-hub.js'

type Stream = ServerDuplexStream<StreamDeliveriesRequest, StreamDeliveriesResponse>

/** How many bytes may wait for a reader, about; beyond it the reader is a slow consumer and its stream ends. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024
/** What an event costs beside its text, about. */
const EVENT_BYTES = 250
const OUTCOME_BYTES = 120

/** One reader's stream. While the transport does not drain, frames wait here and are counted. */
export class DeliveryStream implements Subscriber {
  readonly origin: string
  readonly #stream: Stream
  readonly #hub: DeliveriesHub
  #waiting: { frame: StreamDeliveriesResponse; bytes: number }[] = []
  #waitingBytes = 0
  #isBlocked = false

  /** `first` names the caller. */
  constructor(stream: Stream, hub: DeliveriesHub, first: StreamDeliveriesRequest) {
    this.#stream = stream
    this.#hub = hub
    this.origin = first.origin
    hub.add(this)
    stream.on('drain', () => this.#drain())
    this.request(first)
  }

  /** Applies a change of interest and says that it is in force. */
  request({ version, addChannelIds, removeChannelIds }: StreamDeliveriesRequest): void {
    this.#hub.change(this, addChannelIds, removeChannelIds)
    this.#write({ inForce: version, events: [], outcomes: [] }, 16)
  }

  deliver(events: Event[], outcomes: Outcome[]): void {
    let bytes = outcomes.length * OUTCOME_BYTES
    for (const { what } of events)
      bytes += EVENT_BYTES + (what?.$case === 'message' ? what.value.content.length : 0)
    this.#write({ inForce: 0, events, outcomes }, bytes)
  }

  /** Ends the stream with the reason; the reader compares heads and comes back. */
  end(error: RecadoError): void {
    this.forget()
    this.#stream.emit('error', toGrpcStatus(error))
  }

  /** Nothing more is delivered. */
  forget(): void {
    this.#hub.remove(this)
    this.#waiting = []
  }

  #write(frame: StreamDeliveriesResponse, bytes: number): void {
    if (!this.#isBlocked) {
      this.#isBlocked = !this.#stream.write(frame)
      return
    }
    this.#waiting.push({ frame, bytes })
    this.#waitingBytes += bytes
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.end(
        new RecadoError('resource_exhausted', 'You read deliveries too slowly. Compare heads and come back.'),
      )
    }
  }

  #drain(): void {
    this.#isBlocked = false
    while (!this.#isBlocked) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#waitingBytes -= next.bytes
      this.#isBlocked = !this.#stream.write(next.frame)
    }
  }
}
