/** Why a text is not in order, as a sentence to show; undefined where it is. */
export type TextFault = string | undefined

/**
 * Checks a text that people read: well-formed Unicode without U+0000 (PostgreSQL cannot hold it), not all blank, at most
 * `maxCodePoints` code points.
 */
export function checkText(text: string, maxCodePoints: number): TextFault {
  if (!text.isWellFormed()) return 'is not well-formed Unicode: it has a lone surrogate'
  if (text.includes('\0')) return 'must not hold U+0000'
  if (isBlank(text)) return 'must not be blank'
  if (countCodePoints(text, maxCodePoints) > maxCodePoints)
    return `must have at most ${maxCodePoints.toLocaleString('en')} characters`
  return undefined
}

/** Checks a name: as {@link checkText}, and without control characters or line breaks. */
export function checkName(name: string, maxCodePoints: number): TextFault {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) return 'must not hold control characters'
  return checkText(name, maxCodePoints)
}

/** White space and characters that show nothing at all. */
function isBlank(text: string): boolean {
  return !/[^\p{White_Space}\p{Default_Ignorable_Code_Point}]/u.test(text)
}

/** Counts code points; a text of more than `enough` counts as more than that, whatever its length. */
export function countCodePoints(text: string, enough: number): number {
  if (text.length <= enough) return text.length
  return Array.from(text.slice(0, 2 * enough + 1)).length
}
