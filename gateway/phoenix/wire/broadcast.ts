import type { Serializer } from './serializer.js'

/**
 * One event for every subscriber of a topic: encoded once for each version of the format, whatever the number of
 * connections that it is delivered to. Its join_ref and ref are null, so that the same bytes fit all of them.
 */
export class Broadcast {
  readonly #topic: string
  readonly #event: string
  readonly #payload: string | Uint8Array
  readonly #frames = new Map<Serializer, Buffer>()

  /** `payload` is a JSON object, already stringified, or bytes: then topic and event have at most 255. */
  constructor(topic: string, event: string, payload: string | Uint8Array) {
    this.#topic = topic
    this.#event = event
    this.#payload = payload
  }

  /** The complete WebSocket frame in that version, the same buffer each time; undefined for bytes where the version carries none. */
  encodedBy(serializer: Serializer): Buffer | undefined {
    const known = this.#frames.get(serializer)
    if (known !== undefined) return known
    const frame = this.#encode(serializer)
    if (frame !== undefined) this.#frames.set(serializer, frame)
    return frame
  }

  #encode(serializer: Serializer): Buffer | undefined {
    const [topic, event, payload] = [this.#topic, this.#event, this.#payload]
    if (typeof payload !== 'string')
      return serializer.encodeBinary?.({ kind: 'broadcast', topic, event, bytes: payload })
    return serializer.encode({ joinRef: null, ref: null, topic, event, payloadJson: payload })
  }
}
