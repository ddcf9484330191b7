import { sql, type RawBuilder } from 'kysely'
import type { ChannelState } from '../../gen/recado/v1/reading_service.js'
import type { NotificationLevel } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'
import {
  channelsOfUser,
  channelsOfWishes,
  grounds,
  mayView,
  type GroundsRow,
} from '../rights/right-queries.js'
import { toLevel } from './levels.js'

/** A channel of a user's servers and directs as it stands for them, whether they may view it or not. */
export type StateRow = GroundsRow & {
  id: string
  server_id: string | null
  epoch: string
  head_seq: number
  message_count: number
  read_seq: number
  read_count: number
  mentions: number
  level: NotificationLevel
}

/** Whose notifications are those of everybody who may view the channel. */
export const EVERYBODY = ''

/** The channels of a user's servers and directs, in the order of their ids: after `start`, at most `limit`. */
export function listStateRows(
  handle: Handle,
  userId: string,
  { start = '', limit }: { start?: string | undefined; limit: number },
): Promise<StateRow[]> {
  const rest = sql`where channels.id > ${start} order by channels.id limit ${limit}`
  return readRows(handle, userId, { from: channelsOfUser(userId), rest })
}

/** The states of those of these channels that the user may view, in the order of their ids. */
export async function readChannelStates(
  handle: Handle,
  userId: string,
  channelIds: readonly string[],
): Promise<ChannelState[]> {
  if (channelIds.length === 0) return []
  const from = channelsOfWishes(channelIds.map((channelId) => ({ userId, channelId })))
  return toStates(userId, await readRows(handle, userId, { from, rest: sql`` }))
}

/** What is looked up for each channel costs the same however many messages it has. */
async function readRows(
  handle: Handle,
  userId: string,
  { from, rest }: { from: RawBuilder<unknown>; rest: RawBuilder<unknown> },
): Promise<StateRow[]> {
  const { rows } = await sql<StateRow>`
    select channel.*,
      case when channel.level = 'none' then 0 else (
        select count(*) from notifications
        where channel_id = channel.id and user_id in (${userId}, ${EVERYBODY})
          and kind = 'mention' and seq > channel.read_seq and (user_id <> ${EVERYBODY} or not exists (
            select 1 from blocks where blocks.user_id = ${userId} and blocked_id = notifications.sender_id
          ))
      ) end as mentions
    from (
      select found.*,
        coalesce(read_states.read_seq, 0) as read_seq, coalesce(read_states.read_count, 0) as read_count,
        coalesce(channel_levels.level, server_levels.level,
          case when found.server_id is null then 'all' else 'mentions' end) as level
      from (
        select channels.id, channels.server_id, channels.epoch, channels.head_seq, channels.message_count, ${grounds}
        from ${from} ${rest}
      ) as found
      left join read_states on read_states.channel_id = found.id and read_states.user_id = ${userId}
      left join channel_levels on channel_levels.channel_id = found.id and channel_levels.user_id = ${userId}
      left join server_levels on server_levels.server_id = found.server_id and server_levels.user_id = ${userId}
    ) as channel order by channel.id`.execute(handle)
  return rows
}

/** The states of those channels that the user may view. */
export function toStates(userId: string, rows: readonly StateRow[]): ChannelState[] {
  return rows.filter((row) => mayView(userId, row)).map(toState)
}

function toState(row: StateRow): ChannelState {
  return {
    channelId: row.id,
    serverId: row.server_id ?? '',
    head: { epoch: row.epoch, seq: row.head_seq },
    readSeq: row.read_seq,
    unread: Math.max(row.message_count - row.read_count, 0),
    mentions: row.mentions,
    level: toLevel(row.level),
  }
}
