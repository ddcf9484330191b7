import type { Verdict } from '../chat/sending.js'

const maxCodePoints = 4_000
const blank = /^\s*$/u
/** Nothing that leaves a mark: whether such a text is blank is a matter of taste. */
const invisible = /^[\s\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]*$/u

/** What must become of a text by the rules of the product: 1 to 4,000 code points, not blank, well-formed, no U+0000. */
export function verdictOn(text: string): Verdict {
  if (blank.test(text) || text.includes('\0') || !text.isWellFormed()) return 'refused'
  if (isTooLong(text)) return 'refused'
  return invisible.test(text) ? 'either' : 'stored'
}

function isTooLong(text: string): boolean {
  return text.length > maxCodePoints && [...text].length > maxCodePoints
}
