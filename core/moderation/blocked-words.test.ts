import { describe, expect, it } from 'vitest'
import { toBlockedWords } from './blocked-words.js'

describe('blocked words', () => {
  it('are kept without case, each once', () => {
    expect(toBlockedWords(['Spam', 'SPAM', 'Ｅggs', 'c3po'])).toEqual(['spam', 'eggs', 'c3po'])
  })

  it('may be 1,000 of 64 characters', () => {
    const words = Array.from({ length: 1_000 }, (_, index) => `${'x'.repeat(60)}${1_000 + index}`)
    expect(toBlockedWords(words)).toHaveLength(1_000)
    expect(() => toBlockedWords([...words, 'more'])).toThrowError(
      expect.objectContaining({ code: 'invalid_argument' }),
    )
  })

  it.each(['', ' ', 'two words', 'foo-bar', '!', 'x'.repeat(65), ' spam', 'a\0b', '\ud800'])(
    'must each be one word that can be found: not %j',
    (entry) => {
      expect(() => toBlockedWords(['fine', entry])).toThrowError(
        expect.objectContaining({
          code: 'invalid_argument',
          details: { 'blocked_words[1]': expect.any(String) },
        }),
      )
    },
  )
})
