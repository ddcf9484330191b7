import { describe, expect, it } from 'vitest'
import { assertOwner, checkDisplayName } from './server-rules.js'

describe('server rules', () => {
  it.each(['a', 'Café 🎈', 'x'.repeat(100)])('take the name %j', (name) => {
    expect(checkDisplayName(name)).toBeUndefined()
  })

  it.each(['', '  ', 'x'.repeat(101), 'a\u0007b', 'a\u2028b', 'a\u200bb', '\u202ea', ' a'])(
    'refuse the name %j',
    (name) => {
      expect(checkDisplayName(name)).toMatch(/^(must|is) /)
    },
  )

  it('let the owner through and nobody else', () => {
    expect(() => assertOwner('ana', 'ana')).not.toThrow()
    expect(() => assertOwner('ana', 'bo')).toThrowError(
      expect.objectContaining({ code: 'permission_denied' }),
    )
  })
})
