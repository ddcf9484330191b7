import { keepSource, rawMember } from '../../../lib/json-text.js'
import { parseJson, toName, toRef } from './names.js'
import { MalformedFrame, type Serializer } from './serializer.js'
import { encodeTextFrame } from './websocket-frame.js'

/**
 * Version 1 of the format: `{"topic", "event", "payload", "ref"}`. Those four go out, always; all of them must come in, and a
 * `join_ref` may. Malformed: what is no such object, every binary frame, and names and refs as in version 2.
 */
export const serializerV1: Serializer = {
  carriesJoinRef: false,

  decode(data, isBinary) {
    if (isBinary) throw new MalformedFrame('version 1 has no binary frames')
    const text = data.toString()
    const { topic, event, payload, ref, join_ref: joinRef = null } = parseMessage(text)
    keepSource(payload, () => rawMember(text, 'payload') ?? 'null')
    return { joinRef: toRef(joinRef), ref: toRef(ref), topic: toName(topic), event: toName(event), payload }
  },

  encode({ ref, topic, event, payloadJson }) {
    const names = `"topic":${JSON.stringify(topic)},"event":${JSON.stringify(event)}`
    return encodeTextFrame(`{${names},"payload":${payloadJson},"ref":${JSON.stringify(ref)}}`)
  },
}

function parseMessage(text: string): Record<string, unknown> {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedFrame('not an object')
  for (const key of ['topic', 'event', 'payload', 'ref'])
    if (!Object.hasOwn(value, key)) throw new MalformedFrame(`${key} is missing`)
  return value as Record<string, unknown>
}
