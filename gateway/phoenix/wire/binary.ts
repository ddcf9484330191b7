import { isUtf8 } from 'node:buffer'
import type { InboundMessage, OutboundBinary, Ref } from './message.js'
import { MAX_NAME_BYTES } from './names.js'
import { MalformedFrame } from './serializer.js'
import { encodeBinaryFrame } from './websocket-frame.js'

/** The first byte of a frame. Clients send pushes only. */
const kinds = { push: 0, reply: 1, broadcast: 2 } as const

/** Kind, then the lengths of join_ref, ref, topic and event. */
const INBOUND_HEADER_BYTES = 5

/**
 * Reads a client's push: a byte for the kind, one for the length of each name, the names (join_ref, ref, topic, event), and the rest is
 * the payload. Names are strings, so an absent join_ref is `""` and not null.
 *
 * @throws MalformedFrame when it is no push, its lengths go beyond it, or a name is not UTF-8.
 */
export function decodeBinary(data: Buffer): InboundMessage {
  if (data.length < INBOUND_HEADER_BYTES || data[0] !== kinds.push)
    throw new MalformedFrame('not a binary push')
  let at = INBOUND_HEADER_BYTES
  const [joinRef, ref, topic, event] = Array.from(data.subarray(1, INBOUND_HEADER_BYTES), (length) => {
    const name = data.subarray(at, (at += length))
    if (at > data.length || !isUtf8(name)) throw new MalformedFrame('a name is cut off or not UTF-8')
    return name.toString()
  }) as [string, string, string, string]
  return { joinRef, ref, topic, event, payload: data.subarray(at) }
}

/**
 * Writes one complete WebSocket frame with a binary payload, laid out as {@link decodeBinary} reads it, each kind with its own names. Refs
 * become text, null the empty one.
 *
 * @throws RangeError when a name is over 255 bytes.
 */
export function encodeBinary(message: OutboundBinary): Buffer {
  const names = namesOf(message).map((name) => Buffer.from(name === null ? '' : String(name)))
  if (names.some(({ length }) => length > MAX_NAME_BYTES))
    throw new RangeError('a binary frame has at most 255 bytes for each name')
  const header = Uint8Array.from([kinds[message.kind], ...names.map(({ length }) => length)])
  return encodeBinaryFrame([header, ...names, message.bytes])
}

function namesOf(message: OutboundBinary): readonly Ref[] {
  switch (message.kind) {
    case 'push':
      return [message.joinRef, message.topic, message.event]
    case 'reply':
      return [message.joinRef, message.ref, message.topic, message.status]
    case 'broadcast':
      return [message.topic, message.event]
  }
}
