/** A run of letters, digits and the marks on them. */
const wordPattern = /[\p{L}\p{N}\p{M}]+/gu

/** What cannot be seen may not split a word, nor part a letter from its mark: ignorable, format and control characters. */
const unseenPattern = /[\p{Default_Ignorable_Code_Point}\p{Cf}]|(?!\p{White_Space})\p{Cc}/gu

/** In such a text, to fold is to lower the case. */
const plainPattern = /^[\x20-\x7e\t\n\r]*$/

/**
 * Brings a text into the form in which words are compared: compatible forms are equal (NFKC), so are all cases of a letter (`SS` and
 * `ß`, each sigma), and nothing invisible is left: Unicode's compatibility caseless match (section 3.13, D146). Folding it again
 * changes nothing.
 */
export function foldText(text: string): string {
  if (plainPattern.test(text)) return text.toLowerCase()
  return foldOnce(foldOnce(text)).normalize('NFKC')
}

/** Splits a text into its words, folded. */
export function toWords(text: string): string[] {
  return foldText(text).match(wordPattern) ?? []
}

/** Tells whether a text holds one of these folded words, whole. */
export function holdsWord(text: string, words: readonly string[]): boolean {
  if (words.length === 0) return false
  const held = new Set(toWords(text))
  return words.some((word) => held.has(word))
}

/** Marks that were parted from their letter compose with it in the second round, and letters that were composed are folded. */
function foldOnce(text: string): string {
  return foldCase(text.normalize('NFKD').replace(unseenPattern, ''))
}

/** Case folding by the mappings that JavaScript has: `ẞ` needs to be lowered first, and the last sigma of a word is like any other. */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')
}
