import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkUsername, foldUsername } from './username.js'

describe('usernames', () => {
  it.each(['a', 'João', 'x'.repeat(32), '🎈'.repeat(32), '[bot]^', 'a b', 'שלום', 'يوسف ٣', 'שלום 12'])(
    'may be %j',
    (name) => {
      expect(checkUsername(name)).toBeUndefined()
    },
  )

  it.each([
    ...['', ' ', '\u200b', 'x'.repeat(33), 'a\nb', 'a\0b', '\ud800', ' ana', 'ana\u3000'],
    ...['an\u200da', 'ana\ufe0f', '❤️', '👩‍👩‍👧', 'نمی\u200cخواهم', 'ana\u202e', '\u2067ana', 'a\u00adna'],
    ...['\ue000', '\u{10ffff}', 'ana שלום', 'שלום ana', '1שלום', 'שלום!', 'ש٣3'],
  ])('may not be %j', (name) => {
    expect(checkUsername(name)).toEqual(expect.any(String))
  })

  // RFC 8265, section 3.5, and what people would take for the same.
  it.each([
    ['juliet@example.com', 'Juliet@Example.COM'],
    ['ａｎａ', 'ana'],
    ['João', 'JOA\u0303O'],
    ['Σ', 'σ'],
    ['ΝΙΚΟΣ', 'νικος'],
    ['ﬁn', 'FIN'],
    ['ｱﾝﾅ', 'アンナ'],
    ['Å', '\u212b'],
    ['ana\u00a0maria', 'Ana Maria'],
    ['ana  maria', 'ana maria'],
    ['𝒶𝓃𝒶', 'ana'],
  ])('%j and %j are one', (one, other) => {
    expect(foldUsername(one)).toBe(foldUsername(other))
  })

  it.each([
    ['fussball', 'fußball'],
    ['σ', 'ς'],
    ['ana', 'anã'],
    ['ana maria', 'anamaria'],
  ])('%j and %j are two', (one, other) => {
    expect(foldUsername(one)).not.toBe(foldUsername(other))
  })

  it('fold to what folds to itself, whatever their case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        const fold = foldUsername(name)
        expect(foldUsername(fold)).toBe(fold)
        expect(foldUsername(` ${name.normalize('NFD')} `)).toBe(fold)
      }),
    )
  })

  it('fold every character to what folds to itself', () => {
    // The planes between these hold nothing.
    for (const code of [...range(0, 0xd7ff), ...range(0xe000, 0x3ffff), ...range(0xe0000, 0xe0fff)]) {
      const fold = foldUsername(String.fromCodePoint(code))
      if (foldUsername(fold) !== fold) expect.fail(`U+${code.toString(16)} does not`)
    }
  })
})

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
