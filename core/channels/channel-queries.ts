import { sql, type Selectable } from 'kysely'
import { newId } from '../../contract/ids.js'
import type { ChannelsTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'
import { viewableChannels, type ChannelWish } from '../rights/right-queries.js'

/** A channel as the database has it. */
export type ChannelRow = Selectable<ChannelsTable>

/** A channel as somebody who may view it finds it, with what rules need to know of its server: null in a direct. */
export type ViewableChannel = ChannelRow & {
  owner_id: string | null
  announcement_channel_id: string | null
}

/** Adds a channel; its first epoch begins. */
export function insertChannel(
  handle: Handle,
  channel: { id: string; serverId: string; name: string },
): Promise<ChannelRow> {
  return handle
    .insertInto('channels')
    .values({ id: channel.id, server_id: channel.serverId, name: channel.name, epoch: newId() })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Finds a channel that the user may view. One statement, so permission and head are of one moment. */
export async function findViewableChannel(
  handle: Handle,
  wish: ChannelWish,
): Promise<ViewableChannel | undefined> {
  const { rows } = await sql<ViewableChannel>`
    select channels.*, servers.owner_id, servers.announcement_channel_id
    from ${viewableChannels([wish])}`.execute(handle)
  return rows[0]
}

/** Lists a server's channels, oldest first. */
export function listChannels(handle: Handle, serverId: string): Promise<ChannelRow[]> {
  return handle.selectFrom('channels').selectAll().where('server_id', '=', serverId).orderBy('id').execute()
}

/** Lists the channels of several servers, oldest first, by server. */
export async function listChannelsOf(
  handle: Handle,
  serverIds: readonly string[],
): Promise<Map<string, ChannelRow[]>> {
  const byServer = new Map<string, ChannelRow[]>(serverIds.map((id) => [id, []]))
  if (serverIds.length === 0) return byServer
  const rows = await handle
    .selectFrom('channels')
    .selectAll()
    .where('server_id', 'in', serverIds)
    .orderBy('id')
    .execute()
  for (const row of rows) byServer.get(row.server_id ?? '')?.push(row)
  return byServer
}

/** Counts a server's channels. */
export async function countChannels(handle: Handle, serverId: string): Promise<number> {
  return (await countChannelsOf(handle, [serverId])).get(serverId) ?? 0
}

/** Counts the channels of several servers, by server; those without any are missing. */
export async function countChannelsOf(
  handle: Handle,
  serverIds: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await sql<{ server_id: string; count: number }>`
    select server_id, count(*) as count from channels
    where server_id = any(${serverIds}::text[]) group by server_id`.execute(handle)
  return new Map(rows.map((row) => [row.server_id, row.count]))
}

/** Renames a channel. */
export async function renameChannel(handle: Handle, channelId: string, name: string): Promise<void> {
  await handle.updateTable('channels').set({ name }).where('id', '=', channelId).execute()
}

/** Removes a channel; false when it was not there. */
export async function deleteChannel(handle: Handle, channelId: string): Promise<boolean> {
  const { numDeletedRows } = await handle
    .deleteFrom('channels')
    .where('id', '=', channelId)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/** Locks a server's channels, in the order in which heads are raised, so that the two never wait for each other in a circle. */
export async function lockChannels(transaction: Handle, serverId: string): Promise<string[]> {
  const rows = await transaction
    .selectFrom('channels')
    .select('id')
    .where('server_id', '=', serverId)
    .orderBy('id')
    .forUpdate()
    .execute()
  return rows.map((row) => row.id)
}
