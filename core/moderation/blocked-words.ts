import { checkText } from '../../lib/text.js'
import { assertAtMost, invalidField } from '../requests/request-rules.js'
import { foldText, toWords } from './words.js'

const MAX_WORDS = 1_000
const MAX_WORD_CHARACTERS = 64

/**
 * Reads a list of blocked words into the form that is kept: folded, each once, in their order.
 * @throws `invalid_argument` that names the first entry at fault.
 */
export function toBlockedWords(entries: readonly string[]): string[] {
  assertAtMost('blocked_words', entries, MAX_WORDS)
  entries.forEach((entry, index) => {
    const fault = findFault(entry)
    if (fault) throw invalidField(`blocked_words[${index}]`, fault)
  })
  return [...new Set(entries.map(foldText))]
}

function findFault(entry: string): string | undefined {
  const fault = checkText(entry, MAX_WORD_CHARACTERS)
  if (fault) return fault
  const [word, ...rest] = toWords(entry)
  // Texts are compared word by word, so anything but one word would never be found.
  if (rest.length > 0 || word !== foldText(entry)) return 'must be one word of letters and digits'
  return undefined
}
