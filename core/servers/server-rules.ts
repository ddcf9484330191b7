import { RecadoError } from '../../lib/errors.js'
import { limits } from '../../gen/limits.js'
import { checkName, type TextFault } from '../../lib/text.js'

/** Checks the name of a server or channel. */
export function checkDisplayName(name: string): TextFault {
  return checkName(name, limits['recado.v1.CreateServerRequest'].name.maxLength)
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
