import { describe, expect, it } from 'vitest'
import { checkDisplayName, toNameChange } from './server-rules.js'

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

  it('take a change that gives a name, and no other', () => {
    expect(toNameChange('Another')).toBe('Another')
    expect(() => toNameChange(undefined)).toThrowError(
      expect.objectContaining({ code: 'invalid_argument', details: { name: expect.any(String) } }),
    )
  })
})
