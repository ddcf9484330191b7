import { describe, expect, it } from 'vitest'
import { memberText } from '../../../lib/json-text.js'
import { MalformedFrame } from './serializer.js'
import { serializerV1 } from './serializer-v1.js'

const decode = (text: string) => serializerV1.decode(Buffer.from(text), false)

describe('serializer V1', () => {
  it('decodes an object of four, and a join_ref where there is one', () => {
    expect(decode('{"topic":"room:a","event":"echo","payload":{"x":1},"ref":"3","more":1}')).toEqual({
      joinRef: null,
      ref: '3',
      topic: 'room:a',
      event: 'echo',
      payload: { x: 1 },
    })
    expect(decode('{"join_ref":5,"topic":null,"event":null,"payload":null,"ref":null}')).toEqual({
      joinRef: 5,
      ref: null,
      topic: null,
      event: null,
      payload: null,
    })
  })

  it('keeps the payload as it was written', () => {
    const { payload } = decode('{"topic":"t","event":"e","ref":"1", "payload" : {"data": {"n": 1e400}} }')

    expect(memberText(payload as { data?: unknown }, 'data')).toBe('{"n": 1e400}')
  })

  it.each([
    ['x'],
    [''],
    ['null'],
    ['[]'],
    ['[null,"1","t","e",{}]'],
    ['{}'],
    ['{"topic":"t","event":"e","payload":{}}'],
    ['{"topic":"t","event":"e","ref":"1"}'],
    ['{"topic":"t","event":"e","payload":{},"ref":[]}'],
    ['{"topic":"t","event":"e","payload":{},"ref":"1","join_ref":{}}'],
    [`{"topic":"${'t'.repeat(256)}","event":"e","payload":{},"ref":"1"}`],
  ])('takes %.50s for malformed', (text) => {
    expect(() => decode(text)).toThrow(MalformedFrame)
  })

  it('takes binary frames for malformed, and writes none', () => {
    expect(() => serializerV1.decode(Buffer.alloc(5), true)).toThrow(MalformedFrame)
    expect(serializerV1.encodeBinary).toBeUndefined()
  })

  it('C4: writes four keys, the ref also when it is null, and never a join_ref', () => {
    const frame = serializerV1.encode({
      joinRef: '1',
      ref: null,
      topic: 'a',
      event: 'b',
      payloadJson: '{"c":1}',
    })

    expect(frame[0]).toBe(0x81)
    expect(frame.subarray(2).toString()).toBe('{"topic":"a","event":"b","payload":{"c":1},"ref":null}')
  })
})
