import { sql, type Selectable } from 'kysely'
import { newId } from '../../contract/ids.js'
import type { ChannelsTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'
import {
  channelsOfMember,
  channelsOfWishes,
  grounds,
  toChannelPermissions,
  type ChannelWish,
  type GroundsRow,
} from '../rights/right-queries.js'
import { permits } from '../rights/rights.js'

/** A channel as the database has it. */
export type ChannelRow = Selectable<ChannelsTable>

/** A channel as somebody in it or its server finds it, with all that decides about them; what is the server's is null in a direct. */
export type FoundChannel = ChannelRow & GroundsRow & { announcement_channel_id: string | null }

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

/** Finds a channel whose server the user is a member of, or a direct that they are in. One statement, so rights and head are of one moment. */
export async function findChannel(handle: Handle, wish: ChannelWish): Promise<FoundChannel | undefined> {
  const { rows } = await sql<FoundChannel>`
    select channels.*, servers.announcement_channel_id, ${grounds}
    from ${channelsOfWishes([wish])}`.execute(handle)
  return rows[0]
}

/** Lists the channels of several servers that a user may view, oldest first, by server. */
export async function listViewableChannels(
  handle: Handle,
  userId: string,
  serverIds: readonly string[],
): Promise<Map<string, ChannelRow[]>> {
  const byServer = new Map<string, ChannelRow[]>(serverIds.map((id) => [id, []]))
  if (serverIds.length === 0) return byServer
  const { rows } = await sql<ChannelRow & GroundsRow>`
    select channels.*, ${grounds} from ${channelsOfMember(userId, serverIds)} order by channels.id`.execute(
    handle,
  )
  for (const row of rows) {
    if (permits(toChannelPermissions(userId, row), 'view_channel'))
      byServer.get(row.server_id ?? '')?.push(row)
  }
  return byServer
}

/** Counts a server's channels. */
export async function countChannels(handle: Handle, serverId: string): Promise<number> {
  const { count } = await handle
    .selectFrom('channels')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('server_id', '=', serverId)
    .executeTakeFirstOrThrow()
  return count
}

/** What may be changed of a channel. */
export type ChannelChange = Partial<Pick<ChannelRow, 'name' | 'topic' | 'slow_mode_s'>>

/** Changes what is given of a channel. */
export async function updateChannel(
  handle: Handle,
  channelId: string,
  change: ChannelChange | Partial<Pick<ChannelRow, 'everyone_allow' | 'everyone_deny'>>,
): Promise<void> {
  await handle.updateTable('channels').set(change).where('id', '=', channelId).execute()
}

/** Removes a channel. */
export async function deleteChannel(handle: Handle, channelId: string): Promise<void> {
  await handle.deleteFrom('channels').where('id', '=', channelId).execute()
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
