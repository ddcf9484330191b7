import { sql } from 'kysely'
import { isId } from '../../contract/ids.js'
import type { Handle } from '../handle.js'

/** A user who wants something of a channel, perhaps through a session. */
export type ChannelWish = { userId: string; channelId: string; sessionId?: string | undefined }

/**
 * The rows behind a batch of wishes, as the `from` of a statement: `wish` (`nth`, from 1, `user_id`, `channel_id`, `session_id`, empty
 * for none) with `channels` and `servers`, null in a direct, of each wish whose user may view the channel. Members are looked up one by
 * one: a plain join of one wish may read all members of the server instead.
 */
export function viewableChannels(wishes: readonly ChannelWish[]) {
  const column = (pick: (wish: ChannelWish) => string) => wishes.map((wish) => toKnowable(pick(wish)))
  return sql`
    unnest(
      ${column(({ userId }) => userId)}::text[],
      ${column(({ channelId }) => channelId)}::text[],
      ${column(({ sessionId = '' }) => sessionId)}::text[]
    ) with ordinality as wish (user_id, channel_id, session_id, nth)
    join channels on channels.id = wish.channel_id
    left join servers on servers.id = channels.server_id
    join lateral (
      select 1 from members where members.server_id = channels.server_id and members.user_id = wish.user_id
      union all
      select 1 from direct_members
      where channels.server_id is null and channel_id = channels.id and direct_members.user_id = wish.user_id
      limit 1
    ) as membership on true`
}

/** The servers that a user may view, to be selected from. */
export function viewableServers(handle: Handle, userId: string) {
  return handle
    .selectFrom('servers')
    .innerJoin('members', 'members.server_id', 'servers.id')
    .selectAll('servers')
    .where('members.user_id', '=', userId)
}

/** What can be no id, for the database cannot hold it, is an id that nothing has. */
function toKnowable(id: string): string {
  return isId(id) ? id : ''
}
