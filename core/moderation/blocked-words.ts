import { limits } from '../../gen/limits.js'
import { checkText, type TextFault } from '../../lib/text.js'
import { foldText, toWords } from './words.js'

/** Brings blocked words into the form that is kept: folded, each once, in their order. */
export function toBlockedWords(entries: readonly string[]): string[] {
  return [...new Set(entries.map(foldText))]
}

/** Checks that an entry is one word, which can be found. */
export function checkBlockedWord(entry: string): TextFault {
  const { items } = limits['recado.v1.UpdateModerationRequest'].blocked_words
  const fault = checkText(entry, items.maxLength)
  if (fault) return fault
  const [word, ...rest] = toWords(entry)
  // Texts are compared word by word, so anything but one word would never be found.
  if (rest.length > 0 || word !== foldText(entry)) return 'must be one word of letters and digits'
  return undefined
}
