import { describe, expect, it } from 'vitest'
import { encodeBinaryFrame, encodeTextFrame } from './websocket-frame.js'

describe('a text frame', () => {
  it.each([
    [0, '8100'],
    [1, '8101'],
    [125, '817d'],
    [126, '817e007e'],
    [65_535, '817effff'],
    [65_536, '817f0000000000010000'],
  ])('of %i bytes begins with %s', (length, header) => {
    const text = 'x'.repeat(length)

    const frame = encodeTextFrame(text)

    expect(frame.subarray(0, header.length / 2).toString('hex')).toBe(header)
    expect(frame.subarray(header.length / 2).toString()).toBe(text)
  })

  it('counts bytes, not characters', () => {
    expect(encodeTextFrame('é👋').toString('hex')).toBe('8106c3a9f09f918b')
  })
})

it('a binary frame holds its pieces, one behind the other', () => {
  const long = Buffer.alloc(200, 9)

  expect(encodeBinaryFrame([Buffer.of(1), Buffer.of(), Buffer.of(2, 3)]).toString('hex')).toBe('8203010203')
  expect(encodeBinaryFrame([long, long]).subarray(0, 5).toString('hex')).toBe('827e019009')
})
