import { RecadoError } from '../../lib/errors.js'
import { limits } from '../../gen/limits.js'
import { checkName, checkText, type TextFault } from '../../lib/text.js'
import { MAX_USERNAME_CHARACTERS } from './username.js'

const { password: passwordLimits } = limits['recado.v1.CreateUserRequest']
const profileLimits = limits['recado.v1.UpdateUserRequest']

/**
 * Tells whether somebody could have this name and password, so that looking them up makes sense. Looser than the rules of new
 * users, for there are names from before its rules.
 */
export function canBeCredentials(username: string, password: string): boolean {
  return canBeName(username) && hasPasswordLength(password)
}

/** Tells whether somebody could have this name; as loose as {@link canBeCredentials}. */
export function canBeName(username: string): boolean {
  return checkText(username, MAX_USERNAME_CHARACTERS) === undefined
}

/** Checks the name that a user shows; one that is empty shows none and need not be asked about. */
export function checkShownName(name: string): TextFault {
  return checkName(name, profileLimits.display_name.maxLength)
}

/** Checks what a user says of themselves; as {@link checkShownName}. */
export function checkAbout(about: string): TextFault {
  return checkText(about, profileLimits.about.maxLength)
}

/** Makes the error for a user who is not there. */
export function userNotFound(): RecadoError {
  return new RecadoError('not_found', 'This user is not there.', { reason: 'USER_NOT_FOUND' })
}

/** Makes the error for a call on behalf of a user who is not there. */
export function noActingUser(): RecadoError {
  return new RecadoError('unauthenticated', 'The acting user is not there.', {
    reason: 'ACTING_USER_NOT_FOUND',
  })
}

function hasPasswordLength(password: string): boolean {
  const { minLength, maxLength } = passwordLimits
  // A character is one or two units, so a longer text need not be counted.
  if (password.length > 2 * maxLength) return false
  const characters = Array.from(password).length
  return characters >= minLength && characters <= maxLength
}
