import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldText, holdsWord, toWords } from './words.js'

const unseen = [
  '\u200b',
  '\u00ad',
  '\u034f',
  '\u2060',
  '\ufe0f',
  '\u202e',
  '\u{e0041}',
  '\u3164',
  '\u0001',
  '\ufff9',
]

describe('words', () => {
  it.each([
    ['Hello, world!', ['hello', 'world']],
    ['foo_bar-baz', ['foo', 'bar', 'baz']],
    ['Olá ΚΌΣΜΕ 世界', ['olá', 'κόσμε', '世界']],
    ['ｆｕｌｌ ﬁne', ['full', 'fine']],
    ['e\u0301te', ['éte']],
    ['e\u200b\u0301te', ['éte']],
    ['se\u200bcret', ['secret']],
    ['one\ttwo\r\nthree', ['one', 'two', 'three']],
    ['…🎈', []],
  ])('of %j are %j', (text, words) => {
    expect(toWords(text)).toEqual(words)
  })

  it.each([
    ['straße', 'STRASSE', 'STRAẞE', 'Straſſe'],
    ['ΟΔΟΣ', 'οδος', 'οδοσ', 'Οδος'],
    ['ｓｐａｍ', 'SPAM', 'ⓢⓟⓐⓜ', '𝓼𝓹𝓪𝓶', 'ˢᵖᵃᵐ'],
    ['café', 'CAFE\u0301', 'cafe\u200d\u0301', 'cafe\u034f\u0301'],
    ['\u1fb3', '\u0391\u0345', '\u1fbc'],
    ['İ', 'i\u0307'],
    ['가', '\u1100\u1161', '\u1100\u200b\u1161'],
  ])('%j is the same as %j, %j, %j …', (...forms) => {
    expect(new Set(forms.map(foldText)).size).toBe(1)
  })

  it.each([
    ['Such a SPAM!', true],
    ['spam', true],
    ['spammer', false],
    ['s p a m', false],
    ['spa\nm', false],
    ['', false],
  ])('are compared whole and without case: %j holds `spam`: %s', (text, answer) => {
    expect(holdsWord(text, ['eggs', 'spam'])).toBe(answer)
  })

  it('are found whatever invisible stands between any two of their characters, decomposed or not', () => {
    const form = fc.constantFrom<'NFC' | 'NFD' | 'NFKC' | 'NFKD'>('NFC', 'NFD', 'NFKC', 'NFKD')
    const joint = fc.array(fc.constantFrom(...unseen), { maxLength: 3 }).map((parts) => parts.join(''))
    const word = fc.constantFrom('straße', 'ΟΔΌΣ', 'mañana', 'Ⅷ', 'ﬁne', 'ångström', '가나')
    fc.assert(
      fc.property(word, form, fc.boolean(), fc.infiniteStream(joint), (word, form, isUpper, joints) => {
        const cased = isUpper ? word.toUpperCase() : word
        const text = Array.from(cased.normalize(form), (character) => character + joints.next().value).join(
          '',
        )
        expect(holdsWord(`so ${text} it is`, [foldText(word)])).toBe(true)
      }),
    )
  })

  it('fold every character to what folds to itself, in every case', () => {
    // The planes between these hold nothing.
    for (const code of [...range(0, 0xd7ff), ...range(0xe000, 0x3ffff), ...range(0xe0000, 0xe0fff)]) {
      const character = String.fromCodePoint(code)
      const fold = foldText(character)
      const forms = [fold, character.toUpperCase(), character.toLowerCase(), character.normalize('NFD')]
      if (forms.some((form) => foldText(form) !== fold)) expect.fail(`U+${code.toString(16)} does not`)
    }
  })

  it('fold any text to what folds to itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        expect(foldText(foldText(text))).toBe(foldText(text))
      }),
    )
  })

  it('are held by no text where none are asked for', () => {
    expect(holdsWord('spam', [])).toBe(false)
  })
})

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

it('finds a word that ends in sigma also where an apostrophe and a letter follow, so that Unicode takes it for no last one', () => {
  expect(holdsWord("ΟΔΟΣ'α", toWords('οδος'))).toBe(true)
  expect(holdsWord('οδος', toWords("ΟΔΟΣ'α"))).toBe(true)
})
