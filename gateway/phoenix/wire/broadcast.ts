import type { Serializer } from './serializer.js'

/**
 * One event for every subscriber of a topic: encoded once for each version of the format, whatever the number of
 * connections that it is delivered to. Its join_ref and ref are null, so that the same bytes fit all of them.
 */
export class Broadcast {
  readonly #topic: string
  readonly #event: string
  readonly #payloadJson: string
  readonly #frames = new Map<Serializer, Buffer>()

  /** `payloadJson` is a JSON object, already stringified. */
  constructor(topic: string, event: string, payloadJson: string) {
    this.#topic = topic
    this.#event = event
    this.#payloadJson = payloadJson
  }

  /** The complete WebSocket frame in that version, the same buffer each time. */
  encodedBy(serializer: Serializer): Buffer {
    const known = this.#frames.get(serializer)
    if (known !== undefined) return known
    const [topic, event, payloadJson] = [this.#topic, this.#event, this.#payloadJson]
    const frame = serializer.encode({ joinRef: null, ref: null, topic, event, payloadJson })
    this.#frames.set(serializer, frame)
    return frame
  }
}
