import { describe, expect, it } from 'vitest'
import { canBeCredentials } from './user-rules.js'

describe('user rules', () => {
  it.each(['12345678', 'x'.repeat(256), '🎈'.repeat(256), '        '])(
    'know a password by its length',
    (word) => {
      expect(canBeCredentials('ana', word)).toBe(true)
    },
  )

  it.each(['', '1234567', 'x'.repeat(257), '🎈'.repeat(257), '🎈'.repeat(7), 'x'.repeat(1_000_000)])(
    'know what can be no password, by its length',
    (word) => {
      expect(canBeCredentials('ana', word)).toBe(false)
    },
  )

  it('look nobody up by what nobody can have', () => {
    expect(canBeCredentials('ana', '12345678')).toBe(true)
    expect(canBeCredentials('a\0', '12345678')).toBe(false)
    expect(canBeCredentials('ana', '1234567')).toBe(false)
  })
})
