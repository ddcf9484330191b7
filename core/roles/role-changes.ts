import type { Handle } from '../handle.js'
import { insertRevocations } from '../revocations/revocation-queries.js'
import { listHolders } from './role-queries.js'

/** So many members are named in the log of lost rights; where more are concerned, it is everybody in the server. */
const MAX_NAMED = 100

/**
 * Tells the log of lost rights that a role may let its holders view less than before, in one channel or in all of them. Of a role
 * that few have, each is named, so that nobody else is asked about.
 */
export async function tellRoleChange(
  transaction: Handle,
  { serverId, roleId, channelId = '' }: { serverId: string; roleId: string; channelId?: string },
): Promise<void> {
  const named = await findNamed(transaction, serverId, roleId)
  await insertRevocations(
    transaction,
    named.map((userId) => ({ $case: 'rightsChanged', value: { serverId, userId, channelId } })),
  )
}

/** Tells the log of lost rights that one member may view less than before. */
export async function tellMemberChange(transaction: Handle, serverId: string, userId: string): Promise<void> {
  await insertRevocations(transaction, [
    { $case: 'rightsChanged', value: { serverId, userId, channelId: '' } },
  ])
}

/** Whom it concerns; the empty name is everybody. */
async function findNamed(transaction: Handle, serverId: string, roleId: string): Promise<string[]> {
  if (roleId === serverId) return ['']
  const holders = await listHolders(transaction, { serverId, roleId }, MAX_NAMED + 1)
  return holders.length > MAX_NAMED ? [''] : holders
}
