import type { Selectable } from 'kysely'
import type { ServersTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'
import { viewableServers } from '../rights/right-queries.js'
import type { PageStart } from '../requests/page-token.js'

/** A server as the database has it. */
export type ServerRow = Selectable<ServersTable>

/** Adds a server. */
export function insertServer(
  handle: Handle,
  server: { id: string; name: string; ownerId: string; announcementChannelId: string },
): Promise<ServerRow> {
  return handle
    .insertInto('servers')
    .values({
      id: server.id,
      name: server.name,
      owner_id: server.ownerId,
      announcement_channel_id: server.announcementChannelId,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Finds a server that the user is a member of. */
export function findServer(handle: Handle, serverId: string, userId: string): Promise<ServerRow | undefined> {
  return viewableServers(handle, userId).where('servers.id', '=', serverId).executeTakeFirst()
}

/** As {@link findServer}, and nobody else who locks it goes on before the transaction ends. */
export function lockServer(
  transaction: Handle,
  serverId: string,
  userId: string,
): Promise<ServerRow | undefined> {
  return viewableServers(transaction, userId)
    .where('servers.id', '=', serverId)
    .forNoKeyUpdate('servers')
    .executeTakeFirst()
}

/** Lists servers that the user is a member of, in the order of their ids, which is that of their making. */
export function listServers(
  handle: Handle,
  userId: string,
  start: PageStart,
  limit: number,
): Promise<ServerRow[]> {
  return viewableServers(handle, userId)
    .where('servers.id', '>', start ?? '')
    .orderBy('servers.id')
    .limit(limit)
    .execute()
}

/** Renames a server. */
export async function renameServer(handle: Handle, serverId: string, name: string): Promise<void> {
  await handle.updateTable('servers').set({ name }).where('id', '=', serverId).execute()
}

/** Removes a server with its channels and members. */
export async function deleteServer(handle: Handle, serverId: string): Promise<void> {
  await handle.deleteFrom('servers').where('id', '=', serverId).execute()
}
