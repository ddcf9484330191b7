import { describe, expect, it } from 'vitest'
import { assertNonce, assertReplyTo } from './send-rules.js'

const invalid = expect.objectContaining({ code: 'invalid_argument' })

describe('send rules', () => {
  it.each([undefined, 'n', ' ', 'x'.repeat(64), '🎈'.repeat(64)])('take the nonce %j', (nonce) => {
    expect(() => assertNonce(nonce)).not.toThrow()
  })

  it.each(['', 'x'.repeat(65), '🎈'.repeat(65), 'a\0b'])('refuse the nonce %j', (nonce) => {
    expect(() => assertNonce(nonce)).toThrowError(invalid)
  })

  it('take a possible id to answer, or none', () => {
    expect(() => assertReplyTo(undefined)).not.toThrow()
    expect(() => assertReplyTo('message-1')).not.toThrow()
    expect(() => assertReplyTo('')).toThrowError(invalid)
    expect(() => assertReplyTo('x'.repeat(129))).toThrowError(invalid)
  })
})
