import { assertAtMost, invalidField } from '../requests/request-rules.js'
import { normalizeWords, toWords } from './words.js'

const MAX_WORDS = 1_000
const MAX_WORD_CHARACTERS = 64

/**
 * Reads a list of blocked words into the form that is kept: normalized, each once, in their order.
 * @throws `invalid_argument` that names the first entry at fault.
 */
export function toBlockedWords(entries: readonly string[]): string[] {
  assertAtMost('blocked_words', entries, MAX_WORDS)
  entries.forEach((entry, index) => {
    const fault = findFault(entry)
    if (fault) throw invalidField(`blocked_words[${index}]`, fault)
  })
  return [...new Set(entries.map(normalizeWords))]
}

function findFault(entry: string): string | undefined {
  if (entry.length > 2 * MAX_WORD_CHARACTERS || Array.from(entry).length > MAX_WORD_CHARACTERS)
    return `must have at most ${MAX_WORD_CHARACTERS} characters`
  const [word, ...rest] = toWords(entry)
  // Texts are compared word by word, so anything but one word would never be found.
  if (rest.length > 0 || word !== normalizeWords(entry)) return 'must be one word of letters and digits'
  return undefined
}
