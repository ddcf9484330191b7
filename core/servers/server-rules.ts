import { RecadoError } from '../../lib/errors.js'
import { checkName } from '../../lib/text.js'
import { invalidField } from '../requests/request-rules.js'

const MAX_NAME_CHARACTERS = 100

/**
 * Checks the name of a server or channel.
 * @throws `invalid_argument`
 */
export function assertDisplayName(name: string): void {
  const fault = checkName(name, MAX_NAME_CHARACTERS)
  if (fault) throw invalidField('name', fault)
}

/**
 * Checks that the acting user owns the server.
 * @throws `permission_denied`
 */
export function assertOwner(ownerId: string, actingUserId: string): void {
  if (ownerId !== actingUserId)
    throw new RecadoError('permission_denied', 'Only the owner of the server may do this.')
}

/** Makes the error for a server that is not there, or not for the acting user: the two are not told apart. */
export function serverNotFound(): RecadoError {
  return new RecadoError('not_found', 'This server is not there, or you are not a member of it.')
}
