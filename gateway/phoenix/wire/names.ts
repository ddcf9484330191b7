import { MalformedFrame } from './serializer.js'
import type { Ref, Scalar } from './message.js'

/** Topics, events, statuses and string refs are at most this long, in UTF-8: binary frames have one byte for a length. */
export const MAX_NAME_BYTES = 255

/** UTF-8 takes at most three bytes for each UTF-16 unit, so a shorter string needs no counting. */
const SURELY_SHORT = MAX_NAME_BYTES / 3

/** @throws MalformedFrame when the value cannot be a ref. */
export function toRef(value: unknown): Ref {
  if (value === null || typeof value === 'number') return value
  if (typeof value === 'string') return toShort(value)
  throw new MalformedFrame('a ref is a string, a number or null')
}

/**
 * A topic or event as it came: a string leads somewhere, a number, boolean or null is echoed.
 *
 * @throws MalformedFrame when it is a string of too many bytes, or an object or array.
 */
export function toName(value: unknown): Scalar {
  if (typeof value === 'object' && value !== null) throw new MalformedFrame('a topic or event is an object')
  if (typeof value === 'string') return toShort(value)
  return value as Scalar
}

function toShort(value: string): string {
  if (value.length <= SURELY_SHORT) return value
  if (Buffer.byteLength(value) > MAX_NAME_BYTES)
    throw new MalformedFrame('a topic, event or ref is over 255 bytes')
  return value
}

/** @throws MalformedFrame when the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MalformedFrame('not JSON', { cause })
  }
}
