import { describe, expect, it } from 'vitest'
import { checkBlockedWord, toBlockedWords } from './blocked-words.js'

describe('blocked words', () => {
  it('are kept without case, each once', () => {
    expect(toBlockedWords(['Spam', 'SPAM', 'Ｅggs', 'c3po'])).toEqual(['spam', 'eggs', 'c3po'])
  })

  it.each(['spam', 'x'.repeat(64), 'ΟΔΟΣ'])('may be %j', (entry) => {
    expect(checkBlockedWord(entry)).toBeUndefined()
  })

  it.each(['', ' ', 'two words', 'foo-bar', '!', 'x'.repeat(65), ' spam', 'a\0b', '\ud800'])(
    'must each be one word that can be found: not %j',
    (entry) => {
      expect(checkBlockedWord(entry)).toMatch(/^(must|is) /)
    },
  )
})
