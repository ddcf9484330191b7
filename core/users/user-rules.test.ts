import { describe, expect, it } from 'vitest'
import { assertPassword, assertUsername, canBeCredentials } from './user-rules.js'

const invalid = expect.objectContaining({ code: 'invalid_argument' })

describe('user rules', () => {
  it.each(['a', 'João', 'x'.repeat(32), '🎈'.repeat(32), '[bot]^', 'a b'])('take the name %j', (name) => {
    expect(() => assertUsername(name)).not.toThrow()
  })

  it.each(['', ' ', '\u200b', 'x'.repeat(33), 'a\nb', 'a\0b', '\ud800'])('refuse the name %j', (name) => {
    expect(() => assertUsername(name)).toThrowError(invalid)
  })

  it.each(['12345678', 'x'.repeat(256), '🎈'.repeat(256), '        '])(
    'take a password of its length',
    (word) => {
      expect(() => assertPassword(word)).not.toThrow()
    },
  )

  it.each(['', '1234567', 'x'.repeat(257), '🎈'.repeat(257), '🎈'.repeat(7), 'x'.repeat(1_000_000)])(
    'refuse a password that is too short or too long',
    (word) => {
      expect(() => assertPassword(word)).toThrowError(invalid)
    },
  )

  it('look nobody up by what nobody can have', () => {
    expect(canBeCredentials('ana', '12345678')).toBe(true)
    expect(canBeCredentials('a\0', '12345678')).toBe(false)
    expect(canBeCredentials('ana', '1234567')).toBe(false)
  })
})
