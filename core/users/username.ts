import bidiModule from 'bidi-js'
import { limits } from '../../gen/limits.js'
import { checkName, type TextFault } from '../../lib/text.js'

/** Code points of a username. */
export const MAX_USERNAME_CHARACTERS = limits['recado.v1.CreateUserRequest'].username.maxLength

// The module is the factory itself; its types take it for one with a default export.
const bidi = (bidiModule as unknown as typeof bidiModule.default)()

/** Characters that nothing is said of, now or in every font: unassigned, private, surrogates. */
const unknownPattern = /[\p{Cn}\p{Co}\p{Cs}]/u

/** Joiners and selectors: what a name of a server may hold in emoji, and what a username may not, for two would look alike. */
const invisiblePattern = /\p{Default_Ignorable_Code_Point}/u

/** The classes that may stand in a name that is written from right to left; RFC 5893, section 2, and white space between words. */
const inRightToLeft = new Set(['R', 'AL', 'AN', 'EN', 'ES', 'CS', 'ET', 'ON', 'BN', 'NSM', 'WS'])
const lastInRightToLeft = new Set(['R', 'AL', 'EN', 'AN'])

/**
 * Checks a username as it was typed: a name (see {@link checkName}) of at most 32 characters, without any invisible or unassigned
 * one, written in one direction.
 */
export function checkUsername(username: string): TextFault {
  const fault = checkName(username, MAX_USERNAME_CHARACTERS)
  if (fault) return fault
  if (invisiblePattern.test(username)) return 'must not hold invisible characters'
  if (unknownPattern.test(username)) return 'must not hold characters that Unicode does not know'
  if (!isOneDirection(foldUsername(username))) return 'must be written in one direction'
  return undefined
}

/**
 * The form of a username that is unique: users whose names differ in case, width or composition alone would be taken for each other.
 *
 * It is PRECIS's UsernameCaseMapped (RFC 8265, section 3.3): width mapped, lower case, NFC. A username may also hold what that leaves
 * out (spaces, symbols, compatibility characters); for these PRECIS's Nickname (RFC 8266, section 2) is the rule: NFKC, and one
 * ASCII space for any run of white space. Folding it again changes nothing.
 */
export function foldUsername(username: string): string {
  const mapped = username.normalize('NFKC').toLowerCase().normalize('NFKC')
  return mapped.replace(/\p{White_Space}+/gu, ' ').trim()
}

/** The Bidi rule, for names that hold something written from right to left. */
function isOneDirection(name: string): boolean {
  const classes = Array.from(name, (character) => bidi.getBidiCharTypeName(character))
  if (!classes.some((each) => each === 'R' || each === 'AL' || each === 'AN')) return true
  const [first] = classes
  const last = classes.findLast((each) => each !== 'NSM')
  return (
    (first === 'R' || first === 'AL') &&
    lastInRightToLeft.has(last ?? '') &&
    classes.every((each) => inRightToLeft.has(each)) &&
    !(classes.includes('EN') && classes.includes('AN'))
  )
}
