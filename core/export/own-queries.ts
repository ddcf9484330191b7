import { sql } from 'kysely'
import type { Handle } from '../handle.js'

/** Lists the servers that a user is a member of, behind an id, in the order of ids. */
export function listOwnMemberships(
  handle: Handle,
  userId: string,
  after: string,
  limit: number,
): Promise<{ id: string; name: string; joined_at: Date }[]> {
  return handle
    .selectFrom('members')
    .innerJoin('servers', 'servers.id', 'members.server_id')
    .select(['servers.id', 'servers.name', 'members.joined_at'])
    .where('members.user_id', '=', userId)
    .where('members.server_id', '>', after)
    .orderBy('members.server_id')
    .limit(limit)
    .execute()
}

/** Lists the directs of a user with everybody in them, behind an id, in the order of ids. */
export async function listOwnDirects(
  handle: Handle,
  userId: string,
  after: string,
  limit: number,
): Promise<{ channel_id: string; user_ids: string[] }[]> {
  const { rows } = await sql<{ channel_id: string; user_ids: string[] }>`
    select own.channel_id, array(
      select user_id from direct_members where channel_id = own.channel_id order by user_id collate "C"
    ) as user_ids
    from direct_members as own where user_id = ${userId} and channel_id > ${after}
    order by channel_id limit ${limit}`.execute(handle)
  return rows
}
