import { keepSource, rawItem } from '../../../lib/json-text.js'
import { MalformedFrame, type Serializer } from './serializer.js'
import type { Ref } from './message.js'
import { encodeTextFrame } from './websocket-frame.js'

/** Topics, events and string refs are at most this long, in UTF-8, as binary frames will require. */
const MAX_NAME_BYTES = 255

/** UTF-8 takes at most three bytes for each UTF-16 unit, so a shorter string needs no counting. */
const SURELY_SHORT = MAX_NAME_BYTES / 3

/**
 * Version 2 of the format, text frames: `[join_ref, ref, topic, event, payload]`, compact. Exactly five elements go out;
 * five or more come in, the rest being ignored. Malformed: what is no such array, a ref that is neither string, number
 * nor null, a topic, event or ref over 255 bytes, and (for now) every binary frame.
 */
export const serializerV2: Serializer = {
  decode(data, isBinary) {
    if (isBinary) throw new MalformedFrame('binary frames are not understood')
    const text = data.toString()
    const [joinRef, ref, topic, event, payload] = parseArray(text)
    keepSource(payload, () => rawItem(text, 4))
    return { joinRef: toRef(joinRef), ref: toRef(ref), topic: short(topic), event: short(event), payload }
  },

  encode({ joinRef, ref, topic, event, payloadJson }) {
    const names = `${JSON.stringify(joinRef)},${JSON.stringify(ref)},${JSON.stringify(topic)},${JSON.stringify(event)}`
    return encodeTextFrame(`[${names},${payloadJson}]`)
  },
}

function parseArray(text: string): unknown[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new MalformedFrame('not JSON', { cause })
  }
  if (!Array.isArray(value) || value.length < 5) throw new MalformedFrame('not an array of five')
  return value
}

function toRef(value: unknown): Ref {
  if (value === null || typeof value === 'number') return value
  if (typeof value === 'string') return short(value)
  throw new MalformedFrame('a ref is a string, a number or null')
}

function short<T>(value: T): T {
  if (typeof value !== 'string' || value.length <= SURELY_SHORT) return value
  if (Buffer.byteLength(value) > MAX_NAME_BYTES)
    throw new MalformedFrame('a topic, event or ref is over 255 bytes')
  return value
}
