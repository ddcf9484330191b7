import { RecadoError } from '../../lib/errors.js'
import { limits } from '../../gen/limits.js'
import { checkText, countCodePoints } from '../../lib/text.js'
import { MAX_USERNAME_CHARACTERS } from './username.js'

const { password: passwordLimits } = limits['recado.v1.CreateUserRequest']

/**
 * Tells whether somebody could have this name and password, so that looking them up makes sense. Looser than the rules of new
 * users, for there are names from before its rules.
 */
export function canBeCredentials(username: string, password: string): boolean {
  return checkText(username, MAX_USERNAME_CHARACTERS) === undefined && hasPasswordLength(password)
}

/** Makes the error for a user who is not there. */
export function userNotFound(): RecadoError {
  return new RecadoError('not_found', 'This user is not there.')
}

function hasPasswordLength(password: string): boolean {
  const { minLength, maxLength } = passwordLimits
  const characters = countCodePoints(password, maxLength)
  return characters >= minLength && characters <= maxLength
}
