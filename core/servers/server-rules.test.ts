import { describe, expect, it } from 'vitest'
import { assertDisplayName, assertOwner } from './server-rules.js'

describe('server rules', () => {
  it.each(['a', 'Café 🎈', 'x'.repeat(100)])('take the name %j', (name) => {
    expect(() => assertDisplayName(name)).not.toThrow()
  })

  it.each(['', '  ', 'x'.repeat(101), 'a\u0007b', 'a\u2028b'])('refuse the name %j', (name) => {
    expect(() => assertDisplayName(name)).toThrowError(
      expect.objectContaining({ code: 'invalid_argument', details: { name: expect.any(String) } }),
    )
  })

  it('let the owner through and nobody else', () => {
    expect(() => assertOwner('ana', 'ana')).not.toThrow()
    expect(() => assertOwner('ana', 'bo')).toThrowError(
      expect.objectContaining({ code: 'permission_denied' }),
    )
  })
})
