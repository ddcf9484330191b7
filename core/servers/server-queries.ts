import { sql, type Selectable } from 'kysely'
import type { ServersTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'
import { EVERYONE_PERMISSIONS } from '../roles/built-in-roles.js'
import { serversOfMember, type MemberStandingRow } from '../rights/right-queries.js'
import type { PageStart } from '../requests/page-token.js'

/** A server as the database has it. */
export type ServerRow = Selectable<ServersTable>

/** A server as a member finds it, with what decides about them there. */
export type StandingServer = ServerRow & MemberStandingRow

/** Adds a server. */
export function insertServer(
  handle: Handle,
  server: { id: string; name: string; ownerId: string; announcementChannelId: string; memberCount: number },
): Promise<ServerRow> {
  return handle
    .insertInto('servers')
    .values({
      id: server.id,
      name: server.name,
      owner_id: server.ownerId,
      announcement_channel_id: server.announcementChannelId,
      everyone_permissions: EVERYONE_PERMISSIONS,
      member_count: server.memberCount,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Finds a server that the user is a member of. */
export function findServer(
  handle: Handle,
  serverId: string,
  userId: string,
): Promise<StandingServer | undefined> {
  return serversOfMember(handle, userId).where('servers.id', '=', serverId).executeTakeFirst()
}

/** As {@link findServer}, and nobody else who locks it goes on before the transaction ends. */
export function lockServer(
  transaction: Handle,
  serverId: string,
  userId: string,
): Promise<StandingServer | undefined> {
  return serversOfMember(transaction, userId)
    .where('servers.id', '=', serverId)
    .forNoKeyUpdate('servers')
    .executeTakeFirst()
}

/** Locks a server until the transaction ends, whoever asks; nothing where it is gone. */
export async function lockServerRow(transaction: Handle, serverId: string): Promise<void> {
  await transaction.selectFrom('servers').select('id').where('id', '=', serverId).forNoKeyUpdate().execute()
}

/** Lists servers that the user is a member of, in the order of their ids, which is that of their making. */
export function listServers(
  handle: Handle,
  userId: string,
  start: PageStart,
  limit: number,
): Promise<ServerRow[]> {
  return serversOfMember(handle, userId)
    .where('servers.id', '>', start ?? '')
    .orderBy('servers.id')
    .limit(limit)
    .execute()
}

/** Changes what is given of a server. */
export async function updateServer(
  handle: Handle,
  serverId: string,
  change: Partial<Pick<ServerRow, 'name' | 'owner_id' | 'everyone_permissions'>>,
): Promise<void> {
  await handle.updateTable('servers').set(change).where('id', '=', serverId).execute()
}

/** Counts members who came, or with a negative number went; resolves with how many there are now. It locks the server. */
export async function countMembers(transaction: Handle, serverId: string, change: number): Promise<number> {
  const { member_count: count } = await transaction
    .updateTable('servers')
    .set({ member_count: sql`member_count + ${change}::int4` })
    .where('id', '=', serverId)
    .returning('member_count')
    .executeTakeFirstOrThrow()
  return count
}

/** Removes a server with its channels and members. */
export async function deleteServer(handle: Handle, serverId: string): Promise<void> {
  await handle.deleteFrom('servers').where('id', '=', serverId).execute()
}
