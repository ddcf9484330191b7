import { sql } from 'kysely'
import type { Server } from '../../gen/recado/v1/types.js'
import { toChannel } from '../channels/channel-messages.js'
import { listViewableChannels, type ChannelRow } from '../channels/channel-queries.js'
import type { Handle } from '../handle.js'
import { toRoles } from '../roles/role-messages.js'
import { listRolesOf, type RoleRow } from '../roles/role-queries.js'
import { requireServer } from './server-access.js'
import type { ServerRow } from './server-queries.js'

/** The bytes of servers in one answer. One that takes more by itself comes alone: with all that it may have it takes less than 3 MiB. */
const MAX_ANSWER_BYTES = 1024 * 1024

/**
 * Reads a server as a member sees it: with the channels that they may view.
 * @throws `not_found`
 */
export async function readServer(handle: Handle, userId: string, serverId: string): Promise<Server> {
  const server = await requireServer(handle, serverId, userId)
  const [read] = await readServers(handle, userId, [server])
  return read as Server
}

/** As {@link readServer}, for servers that the user is a member of: two queries for all of them. */
export async function readServers(
  handle: Handle,
  userId: string,
  rows: readonly ServerRow[],
): Promise<Server[]> {
  const ids = rows.map(({ id }) => id)
  const channels = await listViewableChannels(handle, userId, ids)
  const roles = await listRolesOf(handle, ids)
  return rows.map((row) => toServer(row, channels.get(row.id) ?? [], roles.get(row.id) ?? []))
}

/** How many of these servers, in their order, one answer has room for; at least one. */
export async function countThatFit(handle: Handle, serverIds: readonly string[]): Promise<number> {
  const sizes = await sizesOf(handle, serverIds)
  let bytes = 0
  const first = serverIds.findIndex((id) => (bytes += sizes.get(id) ?? 0) > MAX_ANSWER_BYTES)
  return first === -1 ? serverIds.length : Math.max(first, 1)
}

/** The bytes that servers take with their channels and roles, at most. */
async function sizesOf(handle: Handle, serverIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ server_id: string; bytes: number }>`
    select server_id, sum(bytes)::int8 as bytes from (
      select server_id, octet_length(name) + octet_length(topic) + 150 as bytes
      from channels where server_id = any(${serverIds}::text[])
      union all
      select server_id, octet_length(name) + 120 from roles where server_id = any(${serverIds}::text[])
    ) as parts group by server_id`.execute(handle)
  return new Map(rows.map((row) => [row.server_id, row.bytes]))
}

function toServer(row: ServerRow, channels: readonly ChannelRow[], roles: readonly RoleRow[]): Server {
  return {
    id: row.id,
    name: row.name,
    ownerId: row.owner_id,
    announcementChannelId: row.announcement_channel_id,
    channels: channels.map((channel) => toChannel(channel)),
    createdAt: row.created_at.toISOString(),
    roles: toRoles(row, roles),
    retentionDays: row.retention_days ?? undefined,
  }
}
