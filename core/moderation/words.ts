/** A run of letters, digits and the marks on them. */
const wordPattern = /[\p{L}\p{N}\p{M}]+/gu

/** What cannot be seen may not split a word. */
const invisiblePattern = /\p{Default_Ignorable_Code_Point}/gu

/** Brings a text into the form in which words are compared: without case, compatible forms made equal, nothing invisible. */
export function normalizeWords(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(invisiblePattern, '')
}

/** Splits a text into its words, normalized. */
export function toWords(text: string): string[] {
  return normalizeWords(text).match(wordPattern) ?? []
}

/** Tells whether a text holds one of these normalized words, whole. */
export function holdsWord(text: string, words: readonly string[]): boolean {
  if (words.length === 0) return false
  const held = new Set(toWords(text))
  return words.some((word) => held.has(word))
}
