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
})
