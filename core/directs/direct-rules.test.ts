import { describe, expect, it } from 'vitest'
import { assertOthers, assertRoomForDirect, MAX_DIRECTS, toDirectId } from './direct-rules.js'

describe('direct rules', () => {
  it('give two users one direct, whoever asks', () => {
    expect(toDirectId('ana', 'bo')).toBe(toDirectId('bo', 'ana'))
    expect(toDirectId('ana', 'bo')).not.toBe(toDirectId('ana', 'cem'))
    expect(toDirectId('a', 'bo')).not.toBe(toDirectId('ab', 'o'))
  })

  it('keep oneself out of the others', () => {
    expect(() => assertOthers('ana', ['bo', 'cem'])).not.toThrow()
    expect(() => assertOthers('ana', ['bo', 'ana'])).toThrowError(
      expect.objectContaining({ code: 'invalid_argument', reason: 'USER_IS_SELF' }),
    )
  })

  it('have room for the last direct of each and not for another', () => {
    expect(() => assertRoomForDirect([0, MAX_DIRECTS - 1])).not.toThrow()
    expect(() => assertRoomForDirect([0, MAX_DIRECTS])).toThrowError(
      expect.objectContaining({ code: 'resource_exhausted', retryable: false }),
    )
  })
})
