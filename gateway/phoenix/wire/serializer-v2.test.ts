import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Ref } from './message.js'
import { MalformedFrame } from './serializer.js'
import { serializerV2 } from './serializer-v2.js'

const decode = (text: string): unknown => serializerV2.decode(Buffer.from(text), false)

describe('serializer V2', () => {
  it('decodes the five elements and leaves out what follows', () => {
    expect(decode('["1",2,"room:a","echo",{"x":1},"more"]')).toEqual({
      joinRef: '1',
      ref: 2,
      topic: 'room:a',
      event: 'echo',
      payload: { x: 1 },
    })
  })

  it.each([
    ['{}'],
    ['[]'],
    ['[1,2,"t","e"]'],
    ['x'],
    [''],
    ['[[],null,"t","e",{}]'],
    ['[null,false,"t","e",{}]'],
  ])('takes %s for malformed', (text) => {
    expect(() => decode(text)).toThrow(MalformedFrame)
  })

  it.each([
    ['x'.repeat(255), true],
    ['x'.repeat(256), false],
    ['é'.repeat(127), true],
    ['é'.repeat(128), false],
  ])('takes names of up to 255 bytes (%#)', (name, isFine) => {
    for (const at of [0, 1, 2, 3]) {
      const parts: unknown[] = [null, null, 't', 'e', {}]
      parts[at] = name
      const attempt = (): unknown => decode(JSON.stringify(parts))
      if (isFine) expect(attempt).not.toThrow()
      else expect(attempt).toThrow(MalformedFrame)
    }
  })

  it('writes five elements, compact, in one text frame', () => {
    const frame = serializerV2.encode({
      joinRef: null,
      ref: '"',
      topic: 'a',
      event: 'b',
      payloadJson: '{"c":1}',
    })

    expect(frame[0]).toBe(0x81)
    expect(frame.subarray(2).toString()).toBe('[null,"\\"","a","b",{"c":1}]')
  })

  it('reads back what it writes', () => {
    const name = fc.string({ maxLength: 60, unit: 'binary' })
    const ref = fc.oneof(name, fc.integer(), fc.constant(null))
    const codes = (joinRef: Ref, own: Ref, topic: string, event: string, text: string): boolean => {
      const payloadJson = JSON.stringify({ text })
      const frame = serializerV2.encode({ joinRef, ref: own, topic, event, payloadJson })
      const decoded = serializerV2.decode(frame.subarray(frame[1]! < 126 ? 2 : 4), false)
      return isDeepStrictEqual(decoded, { joinRef, ref: own, topic, event, payload: { text } })
    }

    fc.assert(fc.property(ref, ref, name, name, name, codes))
  })
})
