import { expect, it } from 'vitest'
import { Broadcast } from './broadcast.js'
import type { Serializer } from './serializer.js'
import { serializerV1 } from './serializer-v1.js'
import { serializerV2 } from './serializer-v2.js'

function countingSerializer(): Serializer & { encoded: number } {
  return {
    encoded: 0,
    carriesJoinRef: true,
    decode: () => ({ joinRef: null, ref: null, topic: '', event: '', payload: {} }),
    encode(message) {
      this.encoded += 1
      return Buffer.from(JSON.stringify(message))
    },
  }
}

it('B3: a broadcast is encoded once for each version, whatever the number of recipients and their order', () => {
  const [one, two] = [countingSerializer(), countingSerializer()]
  const broadcast = new Broadcast('t', 'e', '{"a":1}')

  const frames = [one, two, one, two, one].map((serializer) => broadcast.encodedBy(serializer))

  expect([one.encoded, two.encoded]).toEqual([1, 1])
  expect(frames[0]).toBe(frames[2])
  expect(JSON.parse(String(frames[0]))).toEqual({
    joinRef: null,
    ref: null,
    topic: 't',
    event: 'e',
    payloadJson: '{"a":1}',
  })
})

it('a binary broadcast is one buffer for all of version 2, and none for version 1', () => {
  const broadcast = new Broadcast('t', 'ev', Uint8Array.of(7, 7))

  const frame = broadcast.encodedBy(serializerV2)

  expect(frame?.toString('hex')).toBe('8208' + '020102' + '74' + '6576' + '0707')
  expect(broadcast.encodedBy(serializerV2)).toBe(frame)
  expect(broadcast.encodedBy(serializerV1)).toBeUndefined()
})
