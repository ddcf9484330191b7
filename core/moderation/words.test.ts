import { describe, expect, it } from 'vitest'
import { holdsWord, toWords } from './words.js'

describe('words', () => {
  it.each([
    ['Hello, world!', ['hello', 'world']],
    ['foo_bar-baz', ['foo', 'bar', 'baz']],
    ['Olá ΚΌΣΜΕ 世界', ['olá', 'κόσμε', '世界']],
    ['ｆｕｌｌ ﬁne', ['full', 'fine']],
    ['e\u0301te', ['éte']],
    ['se\u200bcret', ['secret']],
    ['…🎈', []],
  ])('of %j are %j', (text, words) => {
    expect(toWords(text)).toEqual(words)
  })

  it.each([
    ['Such a SPAM!', true],
    ['spam', true],
    ['spammer', false],
    ['s p a m', false],
    ['', false],
  ])('are compared whole and without case: %j holds `spam`: %s', (text, answer) => {
    expect(holdsWord(text, ['eggs', 'spam'])).toBe(answer)
  })

  it('are held by no text where none are asked for', () => {
    expect(holdsWord('spam', [])).toBe(false)
  })
})
