import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { Event } from '../gen/recado/v1/types.js'

const encoded = new WeakMap<Event, Uint8Array>()

/** One for all events: to make a writer and let it grow takes as long as to encode. */
let writer = new BinaryWriter()

/**
 * The bytes of an event. They are made once, however many copies and readers get them, and live as long as the event, which must not
 * be changed after the first call.
 */
export function encodeEvent(event: Event): Uint8Array {
  const known = encoded.get(event)
  if (known) return known
  try {
    const bytes = Event.encode(event, writer).finish()
    encoded.set(event, bytes)
    return bytes
  } catch (error) {
    // It holds half of an event.
    writer = new BinaryWriter()
    throw error
  }
}
