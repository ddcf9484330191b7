import { describe, expect, it } from 'vitest'
import { checkName, checkText, countCodePoints } from './text.js'

describe('texts that people read', () => {
  it.each([
    ['Olá!', undefined],
    ['😀'.repeat(5), undefined],
    ['a\nb', undefined],
    ['123456', 'at most 5'],
    ['😀'.repeat(6), 'at most 5'],
    ['', 'blank'],
    [' \n\u200b\u00ad', 'blank'],
    ['a\0', 'U+0000'],
    ['\ud800', 'surrogate'],
  ])('checks %j', (text, fault) => {
    if (fault === undefined) expect(checkText(text, 5)).toBeUndefined()
    else expect(checkText(text, 5)).toContain(fault)
  })

  it('counts no further than it must', () => {
    expect(countCodePoints('😀'.repeat(5), 5)).toBe(5)
    expect(countCodePoints('x'.repeat(1_000_000), 5)).toBe(11)
  })

  it('lets no control character into a name', () => {
    expect(checkName('a\tb', 10)).toContain('control')
    expect(checkName('|QuaD-', 10)).toBeUndefined()
  })

  it.each(['Café 🎈', '❤️ us', '👩‍👩‍👧 family', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '1️⃣', 'نمی‌خواهم', 'क्‍ष', 'שלום', 'e\u0301'])(
    'lets %j be a name',
    (name) => {
      expect(checkName(name, 40)).toBeUndefined()
    },
  )

  it.each([
    ...[
      ' ana',
      'ana ',
      '\u00a0ana',
      'ana\u3000',
      'a\u200bna',
      'ana\u200d',
      'a\u200cna',
      'ana\ufe0f',
      'ana1\ufe0f',
      '\ufeffana',
    ],
    ...[
      'ana\u202e',
      '\u2066ana\u2069',
      'a\u061cna',
      'a\u00adna',
      'a\u034fna',
      'ana\u3164',
      'ana\u2800',
      'a\u{e0061}na',
    ],
  ])('lets %j be no name: it looks like another', (name) => {
    expect(checkName(name, 40)).toMatch(/white space|invisible/)
  })
})
