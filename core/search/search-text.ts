import { foldText } from '../moderation/words.js'

/** Words of a search, those of its phrases included. */
export const MAX_WORDS = 16

/** The longest word that is told from others, in UTF-16 units: what comes after is not looked at. */
const MAX_WORD_LENGTH = 64

/** A run of letters, digits and the marks on them. */
const wordPattern = /[\p{L}\p{N}\p{M}]+/gu

/** Accents of Latin, Greek and Cyrillic. Marks of other scripts are letters to their readers and stay. */
const accentPattern = /[\u0300-\u036f]/gu

/** Letters with a stroke or two in one, which Unicode does not take apart. */
const letterPattern = /[đðħıłøþŧæœ]/gu
const letters: Readonly<Record<string, string>> = {
  ...{ đ: 'd', ð: 'd', ħ: 'h', ı: 'i', ł: 'l', ø: 'o', þ: 'th', ŧ: 't', æ: 'ae', œ: 'oe' },
}

/** Scripts that put no space between words: each of their letters is a word here, and a word a phrase. */
const unspacedPattern =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*/gu

/** The words of a text as they are indexed, by spaces: without case and accents, and nothing else in between. */
export function toIndexText(text: string): string {
  return toRuns(text).map(toTerm).join(' ')
}

/**
 * The terms of a search: every one must be found. A term is a word, or several in their order: what was put in quotes, or a word of a
 * script without spaces. Only the first {@link MAX_WORDS} words count.
 */
export function toSearchTerms(query: string): string[] {
  const parts = query.split('"')
  const terms = parts.flatMap((part, index) => {
    const words = toRuns(part).map(toTerm)
    // What stands between two quotes; the last one may be open.
    return index % 2 === 1 ? [words.join(' ')] : words
  })
  return terms
    .filter((term) => term !== '')
    .slice(0, MAX_WORDS)
    .map((term) => term.split(' ').slice(0, MAX_WORDS).join(' '))
}

function toRuns(text: string): string[] {
  const folded = foldText(text).normalize('NFD').replace(accentPattern, '').normalize('NFC')
  return folded.replace(letterPattern, (letter) => letters[letter] ?? letter).match(wordPattern) ?? []
}

function toTerm(run: string): string {
  return run
    .slice(0, MAX_WORD_LENGTH)
    .toWellFormed()
    .replace(unspacedPattern, ' $& ')
    .trim()
    .replace(/ +/g, ' ')
}
