/** Why a text is not in order, as a sentence to show; undefined where it is. */
export type TextFault = string | undefined

/**
 * Checks a text that people read: well-formed Unicode without U+0000 (PostgreSQL cannot hold it), not all blank, at most
 * `maxCodePoints` code points.
 */
export function checkText(text: string, maxCodePoints: number): TextFault {
  return checkPart(text, maxCodePoints) ?? (isBlank(text) ? 'must not be blank' : undefined)
}

/** Checks a part of a text: as {@link checkText}, but it may be blank or empty. */
export function checkPart(text: string, maxCodePoints: number): TextFault {
  if (!text.isWellFormed()) return 'is not well-formed Unicode: it has a lone surrogate'
  if (text.includes('\0')) return 'must not hold U+0000'
  if (countCodePoints(text, maxCodePoints) > maxCodePoints)
    return `must have at most ${maxCodePoints.toLocaleString('en')} characters`
  return undefined
}

/**
 * Checks a name: as {@link checkText}, and nothing in it that makes it look like another: no control or invisible characters, none
 * that turn the direction of writing, no white space around it. What joins an emoji, or letters of scripts that need it, may stay.
 */
export function checkName(name: string, maxCodePoints: number): TextFault {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) return 'must not hold control characters'
  const fault = checkText(name, maxCodePoints)
  if (fault) return fault
  if (/^\p{White_Space}|\p{White_Space}$/u.test(name)) return 'must not begin or end with white space'
  if (unseenPattern.test(name.replace(joinedPattern, '')))
    return 'must not hold characters that are invisible or turn the direction of writing'
  return undefined
}

/** Shows nothing, or changes how its neighbours are shown: ignorable characters, bidi controls, annotations, the blank of Braille. */
const unseenPattern = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\ufff9-\ufffb\u2800]/u

/** Where invisible characters belong: whole emoji, and joiners behind letters of Arabic and Brahmic scripts. */
const joinedPattern = new RegExp(
  String.raw`\p{RGI_Emoji}|(?<=[${joiningScripts()}]\p{M}*)[\u200c\u200d](?=[${joiningScripts()}])`,
  'gv',
)

function joiningScripts(): string {
  const codes = 'Arab Syrc Mong Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh'
  return codes.replace(/(\w+) ?/g, String.raw`\p{Script=$1}`)
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
