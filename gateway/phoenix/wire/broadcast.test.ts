import { expect, it } from 'vitest'
import { Broadcast } from './broadcast.js'
import type { Serializer } from './serializer.js'

function countingSerializer(): Serializer & { encoded: number } {
  return {
    encoded: 0,
    decode: () => ({ joinRef: null, ref: null, topic: '', event: '', payload: {} }),
    encode(message) {
      this.encoded += 1
      return Buffer.from(JSON.stringify(message))
    },
  }
}

it('a broadcast is encoded once for each version, whatever the number of recipients and their order', () => {
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
