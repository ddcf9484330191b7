import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBinary, encodeBinary } from './binary.js'
import type { OutboundBinary } from './message.js'
import { MalformedFrame } from './serializer.js'

const topic = 'room:bin'
const decode = (hex: string): unknown => decodeBinary(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
/** What is inside the WebSocket frame. */
const encode = (message: OutboundBinary): string => encodeBinary(message).subarray(2).toString('hex')

describe('binary frames', () => {
  it('C5: are laid out as Phoenix lays them out', () => {
    const echoed = Uint8Array.of(1, 2, 9)

    expect(decode('00 01 01 08 03 31 32 726f6f6d3a62696e 62696e 0102')).toEqual({
      joinRef: '1',
      ref: '2',
      topic,
      event: 'bin',
      payload: Buffer.of(1, 2),
    })
    expect(encode({ kind: 'push', joinRef: '1', topic, event: 'bin', bytes: Uint8Array.of(0, 1) })).toBe(
      '00010803' + '31' + '726f6f6d3a62696e' + '62696e' + '0001',
    )
    expect(encode({ kind: 'reply', joinRef: '1', ref: '2', topic, status: 'ok', bytes: echoed })).toBe(
      '0101010802' + '3132' + '726f6f6d3a62696e' + '6f6b' + '010209',
    )
    expect(encode({ kind: 'broadcast', topic, event: 'binb', bytes: Uint8Array.of(7, 7) })).toBe(
      '020804' + '726f6f6d3a62696e' + '62696e62' + '0707',
    )
  })

  it('may be empty, and absent names are empty strings', () => {
    expect(decode('0000000000')).toEqual({
      joinRef: '',
      ref: '',
      topic: '',
      event: '',
      payload: Buffer.alloc(0),
    })
    expect(
      encode({ kind: 'reply', joinRef: null, ref: 13, topic: 't', status: 'ok', bytes: Buffer.of() }),
    ).toBe('0100020102' + '3133' + '74' + '6f6b')
  })

  it.each([[''], ['00'], ['00010101'], ['0100000000'], ['0200000000'], ['ff00000000'], ['000101c80141']])(
    'are malformed as %s',
    (hex) => {
      expect(() => decode(hex)).toThrow(MalformedFrame)
    },
  )

  it.each([['0000000100' + 'ff'], ['0000000101' + 'c3a9'], ['0001000000' + 'c3']])(
    'are malformed where a name is not UTF-8 (%s)',
    (hex) => {
      expect(() => decode(hex)).toThrow(MalformedFrame)
    },
  )

  it('C6: carry names of 255 bytes, and refuse to be written with longer ones', () => {
    const longest = 'é'.repeat(127) + 'x'
    const push = (event: string): Buffer =>
      encodeBinary({ kind: 'push', joinRef: longest, topic: longest, event, bytes: Uint8Array.of(5) })

    expect(push(longest).subarray(4, 8).toString('hex')).toBe('00ffffff')
    expect(() => push(`${longest}x`)).toThrow(RangeError)
    expect(() => push('é'.repeat(128))).toThrow(RangeError)
  })

  it('are read as they were written', () => {
    const name = fc.string({ maxLength: 60, unit: 'grapheme' })
    const reads = (...names: [string, string, string, string]): boolean => {
      const bytes = names.map((each) => Buffer.from(each))
      const header = Buffer.from([0, ...bytes.map(({ length }) => length)])
      const [joinRef, ref, atTopic, event] = names
      return isDeepStrictEqual(decodeBinary(Buffer.concat([header, ...bytes, Buffer.of(1)])), {
        joinRef,
        ref,
        topic: atTopic,
        event,
        payload: Buffer.of(1),
      })
    }

    fc.assert(fc.property(name, name, name, name, reads))
  })
})
