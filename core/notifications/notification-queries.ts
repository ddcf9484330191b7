import { sql } from 'kysely'
import type { NotificationKind, NotificationLevel } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'
import { EVERYBODY } from '../reading/channel-states.js'
import {
  channelsOfUser,
  channelsOfWishes,
  grounds,
  mayView,
  type GroundsRow,
} from '../rights/right-queries.js'
import type { Candidate } from './recipients.js'

/** Notifications that are kept for a user; the oldest go first. */
export const MAX_KEPT = 500

/** Mentions of everybody that are kept for a channel. */
const MAX_KEPT_OF_EVERYBODY = 100

/** Rows that one statement takes away beyond what is kept. */
const TRIM = 1_000

/** A notification to be kept. */
export type NewNotification = Candidate

/** What was kept newly. */
export type Kept = { user_id: string; channel_id: string; server_id: string | null; message_id: string }

/** A notification as it stands for a user. */
export type NoticeRow = {
  position: number
  channel_id: string
  server_id: string | null
  message_id: string
  kind: NotificationKind
  created_at: Date
  count: number
  read_count: number
}

/** Everybody in the directs among these channels, by channel. */
export async function listParticipants(
  handle: Handle,
  channelIds: readonly string[],
): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ id: string; user_ids: string[] }>`
    select channels.id, array(select user_id from direct_members where channel_id = channels.id) as user_ids
    from channels where id = any(${channelIds}::text[]) and server_id is null`.execute(handle)
  return new Map(rows.map(({ id, user_ids }) => [id, user_ids]))
}

/** Who wants to be told of every message in these channels, by channel. It costs what they cost, however many members there are. */
export async function listListeners(
  handle: Handle,
  channelIds: readonly string[],
): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ id: string; user_ids: string[] }>`
    select channels.id, array(
      select user_id from channel_levels where channel_id = channels.id and level = 'all'
      union
      select user_id from server_levels
      where server_id = channels.server_id and level = 'all' and not exists (
        select 1 from channel_levels
        where channel_id = channels.id and channel_levels.user_id = server_levels.user_id
      )
    ) as user_ids
    from channels where id = any(${channelIds}::text[]) and server_id is not null`.execute(handle)
  return new Map(rows.map(({ id, user_ids }) => [id, user_ids]))
}

/** Those of the candidates who may view the channel, want to be told, have not blocked the sender and have not read past it. */
export async function filterTold(handle: Handle, candidates: readonly Candidate[]): Promise<Candidate[]> {
  if (candidates.length === 0) return []
  type Row = GroundsRow & { nth: number; level: NotificationLevel | null }
  const wishes = candidates.map(({ userId, message }) => ({ userId, channelId: message.channelId }))
  const { rows } = await sql<Row>`
    select wish.nth, ${grounds}, coalesce(channel_levels.level, server_levels.level) as level
    from ${channelsOfWishes(wishes)}
    join unnest(
      ${candidates.map(({ message }) => message.senderId)}::text[], ${candidates.map(({ message }) => message.seq)}::int8[]
    ) with ordinality as told (sender_id, seq, nth) on told.nth = wish.nth
    left join channel_levels on channel_levels.channel_id = channels.id and channel_levels.user_id = wish.user_id
    left join server_levels on server_levels.server_id = channels.server_id and server_levels.user_id = wish.user_id
    left join read_states on read_states.channel_id = channels.id and read_states.user_id = wish.user_id
    where told.seq > coalesce(read_states.read_seq, 0) and not exists (
      select 1 from blocks where blocks.user_id = wish.user_id and blocked_id = told.sender_id
    )`.execute(handle)
  return rows.flatMap((row) => {
    const candidate = candidates[row.nth - 1]
    return candidate && mayView(candidate.userId, row) && wants(candidate.kind, row.level) ? [candidate] : []
  })
}

/** Of a direct one is always told. */
function wants(kind: NotificationKind, level: NotificationLevel | null): boolean {
  if (kind === 'direct') return true
  return kind === 'message' ? level === 'all' : level !== 'none'
}

/** Keeps notifications; those that are there stay. Resolves with those that are new. */
export async function insertNotifications(
  transaction: Handle,
  notifications: readonly NewNotification[],
): Promise<Kept[]> {
  const column = <T>(pick: (each: NewNotification) => T) => notifications.map(pick)
  const { rows } = await sql<Kept>`
    with given as (
      select * from unnest(
        ${column(({ userId }) => userId)}::text[], ${column(({ message }) => message.channelId)}::text[],
        ${column(({ message }) => message.id)}::text[], ${column(({ message }) => message.senderId)}::text[],
        ${column(({ message }) => message.seq)}::int8[], ${column(({ message }) => message.count)}::int8[],
        ${column(({ kind }) => kind)}::text[]
      ) as given (user_id, channel_id, message_id, sender_id, seq, count, kind)
    ), there as (
      select id, server_id from channels where id in (select channel_id from given) order by id for key share
    ), kept as (
      insert into notifications (user_id, channel_id, message_id, sender_id, seq, count, kind)
      select given.* from given join there on there.id = given.channel_id order by user_id, seq
      on conflict (user_id, message_id) do nothing
      returning user_id, channel_id, message_id, seq
    )
    select kept.*, there.server_id from kept join there on there.id = kept.channel_id
    order by user_id, channel_id, seq`.execute(transaction)
  return rows
}

/** Takes away what is beyond the bounds for those for whom something was kept: the oldest. */
export async function trimNotifications(transaction: Handle, kept: readonly Kept[]): Promise<void> {
  const userIds = [...new Set(kept.map(({ user_id }) => user_id))].filter((id) => id !== EVERYBODY)
  const channelIds = [
    ...new Set(kept.flatMap(({ user_id, channel_id }) => (user_id === EVERYBODY ? [channel_id] : []))),
  ]
  await sql`
    delete from notifications where position in (
      select old.position from unnest(${userIds}::text[]) as told (user_id) cross join lateral (
        select position from notifications where notifications.user_id = told.user_id
        order by position desc offset ${MAX_KEPT} limit ${TRIM}
      ) as old
      union all
      select old.position from unnest(${channelIds}::text[]) as told (channel_id) cross join lateral (
        select position from notifications
        where notifications.channel_id = told.channel_id and notifications.user_id = ${EVERYBODY}
        order by seq desc offset ${MAX_KEPT_OF_EVERYBODY} limit ${TRIM}
      ) as old
    )`.execute(transaction)
}

const unread = (userId: ReturnType<typeof sql>) => sql`
  left join channel_levels on channel_levels.channel_id = channels.id and channel_levels.user_id = ${userId}
  left join server_levels on server_levels.server_id = channels.server_id and server_levels.user_id = ${userId}
  left join read_states on read_states.channel_id = channels.id and read_states.user_id = ${userId}
  where notifications.seq > coalesce(read_states.read_seq, 0)
    and (notifications.user_id <> ${EVERYBODY} or (
      notifications.sender_id <> ${userId}
      and coalesce(channel_levels.level, server_levels.level, 'mentions') <> 'none'
      and not exists (select 1 from blocks where blocks.user_id = ${userId} and blocked_id = notifications.sender_id)
    ))`

const columns = sql`
  notifications.position, notifications.channel_id, channels.server_id, notifications.message_id, notifications.kind,
  notifications.created_at, notifications.count, coalesce(read_states.read_count, 0) as read_count, ${grounds}`

/** What a user is told of and has not read past, the newest first, before a position. Resolves with what was read to find it, too. */
export async function listNotices(
  handle: Handle,
  userId: string,
  { before, limit }: { before: number; limit: number },
): Promise<{ read: NoticeRow[]; viewable: Set<NoticeRow> }> {
  const user = sql`${userId}::text`
  const { rows } = await sql<NoticeRow & GroundsRow>`
    select ${columns} from ${channelsOfUser(userId)}
    join notifications on notifications.channel_id = channels.id and notifications.user_id in (${user}, ${EVERYBODY})
    ${unread(user)} and notifications.position < ${before}
    order by notifications.position desc limit ${limit}`.execute(handle)
  return { read: rows, viewable: new Set(rows.filter((row) => mayView(userId, row))) }
}

/** What users are told of these messages; in their order, undefined where they are not, or have read past it. */
export async function findNotices(
  handle: Handle,
  notices: readonly { userId: string; channelId: string; messageId: string }[],
): Promise<(NoticeRow | undefined)[]> {
  const found: (NoticeRow | undefined)[] = notices.map(() => undefined)
  if (notices.length === 0) return found
  const { rows } = await sql<NoticeRow & GroundsRow & { nth: number }>`
    select wish.nth, ${columns} from ${channelsOfWishes(notices)}
    join unnest(${notices.map(({ messageId }) => messageId)}::text[]) with ordinality as told (message_id, nth)
      on told.nth = wish.nth
    join notifications on notifications.message_id = told.message_id
      and notifications.user_id in (wish.user_id, ${EVERYBODY})
    ${unread(sql`wish.user_id`)}
    order by notifications.user_id`.execute(handle)
  for (const row of rows) if (mayView(notices[row.nth - 1]?.userId ?? '', row)) found[row.nth - 1] = row
  return found
}
