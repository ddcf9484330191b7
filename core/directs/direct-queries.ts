import { sql } from 'kysely'
import { newId } from '../../contract/ids.js'
import type { ChannelRow } from '../channels/channel-queries.js'
import type { Handle } from '../handle.js'
import type { PageStart } from '../requests/page-token.js'

/** A direct, and where it stands in a list: latest first. */
export type ListedDirect = ChannelRow & { place: string }

/** Finds a direct that the user is in. */
export async function findDirect(
  handle: Handle,
  channelId: string,
  userId: string,
): Promise<ChannelRow | undefined> {
  return handle
    .selectFrom('channels')
    .innerJoin('direct_members', 'direct_members.channel_id', 'channels.id')
    .selectAll('channels')
    .where('channels.id', '=', channelId)
    .where('direct_members.user_id', '=', userId)
    .executeTakeFirst()
}

/**
 * Adds a direct with everybody in it; undefined where one with this id is there, also when somebody else is just making it: that is
 * waited for.
 */
export async function insertDirect(
  transaction: Handle,
  channelId: string,
  userIds: readonly string[],
): Promise<ChannelRow | undefined> {
  const row = await transaction
    .insertInto('channels')
    .values({ id: channelId, server_id: null, name: '', epoch: newId() })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!row) return undefined
  const members = userIds.map((userId) => ({ channel_id: channelId, user_id: userId }))
  await transaction.insertInto('direct_members').values(members).execute()
  return row
}

/** Locks users, in the order of their ids, until the transaction ends: what they may have only so many of is counted behind it. */
export async function lockUsers(transaction: Handle, userIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from users where id = any(${userIds}::text[]) and deleted_at is null
    order by id for no key update`.execute(transaction)
  return rows.map(({ id }) => id)
}

/** Counts the directs of users; those without any are missing. */
export async function countDirects(handle: Handle, userIds: readonly string[]): Promise<number[]> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from direct_members where user_id = any(${userIds}::text[]) group by user_id`.execute(
    handle,
  )
  return rows.map(({ count }) => count)
}

/** Lists the directs of a user, the one with the latest message first; one without any stands where it was made. */
export async function listDirects(
  handle: Handle,
  userId: string,
  start: PageStart,
  limit: number,
): Promise<ListedDirect[]> {
  const { rows } = await sql<ListedDirect>`
    select * from (
      select channels.*,
        lpad((extract(epoch from coalesce(last_message_at, channels.created_at)) * 1000)::int8::text, 15, '0')
          || channels.id as place
      from direct_members join channels on channels.id = channel_id
      where user_id = ${userId}
    ) as listed
    where ${start ?? null}::text is null or place collate "C" < ${start ?? null}::text
    order by place collate "C" desc limit ${limit}`.execute(handle)
  return rows
}

/** Who is in directs, in the order of their ids, by direct. */
export async function listDirectMembers(
  handle: Handle,
  channelIds: readonly string[],
): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ channel_id: string; user_ids: string[] }>`
    select channel_id, array_agg(user_id order by user_id collate "C") as user_ids from direct_members
    where channel_id = any(${channelIds}::text[]) group by channel_id`.execute(handle)
  return new Map(rows.map((row) => [row.channel_id, row.user_ids]))
}
