import type { handleBidiStreamingCall } from '@grpc/grpc-js'
import {
  DeliveriesServiceService,
  type StreamDeliveriesRequest,
} from '../../gen/recado/v1/deliveries_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import type { DeliveriesHub } from './deliveries-hub.js'
import { DeliveryStream } from './delivery-stream.js'

/** The service as we serve it: its frames are encoded before they are written. */
export const deliveriesService = {
  streamDeliveries: {
    ...DeliveriesServiceService.streamDeliveries,
    responseSerialize: (frame: Buffer): Buffer => frame,
  },
}

/** The streams of deliveries that are open now. */
export class DeliveriesService {
  readonly #hub: DeliveriesHub
  readonly #streams = new Set<DeliveryStream>()
  #isStopping = false

  constructor(hub: DeliveriesHub) {
    this.#hub = hub
  }

  /** How many streams are open. */
  get streams(): number {
    return this.#streams.size
  }

  /** The gRPC implementation. */
  implementation(handlers: Handlers): {
    streamDeliveries: handleBidiStreamingCall<StreamDeliveriesRequest, Buffer>
  } {
    return {
      streamDeliveries: handlers.stream((stream) => {
        let mine: DeliveryStream | undefined
        const forget = () => {
          mine?.forget()
          if (mine) this.#streams.delete(mine)
        }
        stream.on('data', (request: StreamDeliveriesRequest) => {
          if (mine) mine.request(request)
          else mine = this.#open(new DeliveryStream(stream, this.#hub, request))
        })
        stream.on('cancelled', forget)
        stream.on('error', forget)
        stream.on('end', () => {
          forget()
          stream.end()
        })
      }),
    }
  }

  /** Ends every stream, so that readers go elsewhere and compare heads. */
  stop(): void {
    this.#isStopping = true
    for (const stream of this.#streams) stream.end(stopping())
    this.#streams.clear()
  }

  #open(stream: DeliveryStream): DeliveryStream {
    this.#streams.add(stream)
    if (this.#isStopping) stream.end(stopping())
    return stream
  }
}

function stopping(): RecadoError {
  return new RecadoError('unavailable', 'This consumer is stopping. Compare heads and come back.')
}
