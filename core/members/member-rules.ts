import { RecadoError } from '../../lib/errors.js'
import { assertOwner } from '../servers/server-rules.js'

/**
 * Checks that the acting user may take a member out: the owner anybody else, everybody else themselves.
 * @throws `permission_denied`, `failed_precondition`
 */
export function assertMayRemove(ownerId: string, actingUserId: string, removedUserId: string): void {
  if (actingUserId !== removedUserId) assertOwner(ownerId, actingUserId)
  if (removedUserId === ownerId)
    throw new RecadoError('failed_precondition', 'The owner cannot leave. Delete the server instead.')
}
