import { RecadoError } from '../../lib/errors.js'
import { checkName } from '../../lib/text.js'
import { invalidField } from '../requests/request-rules.js'

const MAX_USERNAME_CHARACTERS = 32
const MIN_PASSWORD_CHARACTERS = 8
const MAX_PASSWORD_CHARACTERS = 256

/**
 * Checks the name of a new user.
 * @throws `invalid_argument`
 */
export function assertUsername(username: string): void {
  const fault = checkName(username, MAX_USERNAME_CHARACTERS)
  if (fault) throw invalidField('username', fault)
}

/**
 * Checks the password of a new user.
 * @throws `invalid_argument`
 */
export function assertPassword(password: string): void {
  if (!hasPasswordLength(password))
    throw invalidField(
      'password',
      `must have ${MIN_PASSWORD_CHARACTERS} to ${MAX_PASSWORD_CHARACTERS} characters`,
    )
}

/** Tells whether somebody could have this name and password, so that looking them up makes sense. */
export function canBeCredentials(username: string, password: string): boolean {
  return checkName(username, MAX_USERNAME_CHARACTERS) === undefined && hasPasswordLength(password)
}

/** Makes the error for a user who is not there. */
export function userNotFound(): RecadoError {
  return new RecadoError('not_found', 'This user is not there.')
}

function hasPasswordLength(password: string): boolean {
  // A character is one or two units, so a longer text need not be counted.
  if (password.length > 2 * MAX_PASSWORD_CHARACTERS) return false
  const characters = Array.from(password).length
  return characters >= MIN_PASSWORD_CHARACTERS && characters <= MAX_PASSWORD_CHARACTERS
}
