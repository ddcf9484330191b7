import type { Selectable } from 'kysely'
import { newId } from '../../contract/ids.js'
import type { ChannelsTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'
import { latestPosition } from '../revocations/revocation-queries.js'

/** A channel as the database has it. */
export type ChannelRow = Selectable<ChannelsTable>

/** A channel as one of its readers finds it, with what rules need to know of its server. */
export type ReadableChannel = ChannelRow & {
  server_id: string
  owner_id: string
  announcement_channel_id: string
  /** The position in the log of lost rights that this answer includes. */
  position: number
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

/** Finds a channel that the user may read. One statement, so permission, position and head are of one moment. */
export function findReadableChannel(
  handle: Handle,
  channelId: string,
  userId: string,
): Promise<ReadableChannel | undefined> {
  return handle
    .selectFrom('channels')
    .innerJoin('servers', 'servers.id', 'channels.server_id')
    .innerJoin('members', 'members.server_id', 'servers.id')
    .selectAll('channels')
    .select(['servers.id as server_id', 'servers.owner_id', 'servers.announcement_channel_id'])
    .select(latestPosition.as('position'))
    .where('channels.id', '=', channelId)
    .where('members.user_id', '=', userId)
    .executeTakeFirst()
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
  const { count } = await handle
    .selectFrom('channels')
    .select((channels) => channels.fn.countAll<number>().as('count'))
    .where('server_id', '=', serverId)
    .executeTakeFirstOrThrow()
  return count
}

/** Renames a channel; undefined when it is not there any more. */
export function renameChannel(
  handle: Handle,
  channelId: string,
  name: string,
): Promise<ChannelRow | undefined> {
  return handle
    .updateTable('channels')
    .set({ name })
    .where('id', '=', channelId)
    .returningAll()
    .executeTakeFirst()
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
