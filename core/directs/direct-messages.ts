import type { Direct } from '../../gen/recado/v1/directs_service.js'
import { toChannel } from '../channels/channel-messages.js'
import type { ChannelRow } from '../channels/channel-queries.js'
import type { Handle } from '../handle.js'
import { toUser } from '../users/user-messages.js'
import { findUsers, type UserRow } from '../users/user-queries.js'
import { listDirectMembers } from './direct-queries.js'

/** Directs as one of those in them sees them, in their order. */
export async function readDirects(
  handle: Handle,
  userId: string,
  rows: readonly ChannelRow[],
): Promise<Direct[]> {
  const members = await listDirectMembers(
    handle,
    rows.map(({ id }) => id),
  )
  const users = await findUsers(handle, [...new Set([...members.values()].flat())])
  return rows.map((row) => toDirect(row, { userId, userIds: members.get(row.id) ?? [], users }))
}

/** A direct as one of those in it sees it. `userIds`: everybody in it, in the order of their ids. */
export function toDirect(
  row: ChannelRow,
  {
    userId,
    userIds,
    users,
  }: { userId: string; userIds: readonly string[]; users: ReadonlyMap<string, UserRow> },
): Direct {
  const others = userIds.filter((id) => id !== userId)
  return {
    channel: { ...toChannel(row), userIds: [...userIds] },
    users: others.flatMap((id) => {
      const user = users.get(id)
      return user ? [toUser(user)] : []
    }),
  }
}
