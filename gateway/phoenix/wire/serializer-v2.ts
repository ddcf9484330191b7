import { keepSource, rawItem } from '../../../lib/json-text.js'
import { decodeBinary, encodeBinary } from './binary.js'
import { parseJson, toName, toRef } from './names.js'
import { MalformedFrame, type Serializer } from './serializer.js'
import { encodeTextFrame } from './websocket-frame.js'

/**
 * Version 2 of the format. Text frames are `[join_ref, ref, topic, event, payload]`, compact: exactly five elements go out, five or
 * more come in, the rest being ignored. Binary frames are for binary payloads. Malformed: what is neither, a ref that is neither
 * string, number nor null, a topic, event or ref over 255 bytes.
 */
export const serializerV2: Serializer = {
  carriesJoinRef: true,

  decode(data, isBinary) {
    if (isBinary) return decodeBinary(data)
    const text = data.toString()
    const [joinRef, ref, topic, event, payload] = parseArray(text)
    keepSource(payload, () => rawItem(text, 4))
    return { joinRef: toRef(joinRef), ref: toRef(ref), topic: toName(topic), event: toName(event), payload }
  },

  encode({ joinRef, ref, topic, event, payloadJson }) {
    const names = `${JSON.stringify(joinRef)},${JSON.stringify(ref)},${JSON.stringify(topic)},${JSON.stringify(event)}`
    return encodeTextFrame(`[${names},${payloadJson}]`)
  },

  encodeBinary,
}

function parseArray(text: string): unknown[] {
  const value = parseJson(text)
  if (!Array.isArray(value) || value.length < 5) throw new MalformedFrame('not an array of five')
  return value
}
