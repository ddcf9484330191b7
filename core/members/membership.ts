import { RecadoError } from '../../lib/errors.js'
import { findBan } from '../bans/ban-queries.js'
import type { Handle } from '../handle.js'
import { insertHappenings } from '../happenings/happening-queries.js'
import { insertRevocations } from '../revocations/revocation-queries.js'
import { countMembers } from '../servers/server-queries.js'
import { readMember } from './member-messages.js'
import { deleteMember, findMember, insertMembers } from './member-queries.js'

/** Members that a server may have. */
export const MAX_MEMBERS = 1_000_000

/**
 * Makes a user a member of a locked server; false for one who is. Whoever is banned stays out, whichever way they come.
 * @throws `permission_denied` (BANNED), `resource_exhausted` (TOO_MANY_MEMBERS)
 */
export async function letIn(transaction: Handle, serverId: string, userId: string): Promise<boolean> {
  if (await findBan(transaction, serverId, userId)) throw banned()
  if ((await insertMembers(transaction, serverId, [userId])) === 0) return false
  if ((await countMembers(transaction, serverId, 1)) > MAX_MEMBERS) throw tooManyMembers()
  const row = await findMember(transaction, serverId, userId)
  if (!row) throw new Error('a member went away while being let in')
  const member = await readMember(transaction, row)
  await insertHappenings(transaction, [
    { topic: `server:${serverId}`, what: { $case: 'memberJoined', value: member } },
    { topic: `user:${userId}`, what: { $case: 'serverJoined', value: { serverId } } },
  ])
  return true
}

/** Takes a member out of a locked server, and tells the log of lost rights; false for one who is none. */
export async function takeOut(transaction: Handle, serverId: string, userId: string): Promise<boolean> {
  const row = await deleteMember(transaction, serverId, userId)
  if (!row) return false
  await countMembers(transaction, serverId, -1)
  const member = await readMember(transaction, row)
  await insertHappenings(transaction, [
    { topic: `server:${serverId}`, what: { $case: 'memberLeft', value: member } },
    { topic: `user:${userId}`, what: { $case: 'serverLeft', value: { serverId } } },
  ])
  await insertRevocations(transaction, [{ $case: 'memberRemoved', value: { serverId, userId } }])
  return true
}

function banned(): RecadoError {
  return new RecadoError('permission_denied', 'This user is banned from the server. Lift the ban first.', {
    reason: 'BANNED',
  })
}

function tooManyMembers(): RecadoError {
  return new RecadoError(
    'resource_exhausted',
    `A server has at most ${MAX_MEMBERS.toLocaleString('en')} members.`,
    { retryable: false, reason: 'TOO_MANY_MEMBERS' },
  )
}
