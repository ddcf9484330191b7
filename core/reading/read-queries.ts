import { sql } from 'kysely'
import type { Handle } from '../handle.js'
import type { ReadableLog } from '../history/channel-log.js'
import {
  channelsOfWishes,
  grounds,
  mayView,
  type ChannelWish,
  type GroundsRow,
} from '../rights/right-queries.js'

/** A channel that a user may view, and how far they have read it. */
export type Readable = ReadableLog & { count: number; readSeq: number }

/** How far a user has read, with the messages up to there. */
export type RaisedMark = { userId: string; channelId: string; seq: number; count: number }

/** Finds the channels of wishes, in their order; undefined where the user may not view it. */
export async function findReadable(
  handle: Handle,
  wishes: readonly ChannelWish[],
): Promise<(Readable | undefined)[]> {
  type Row = GroundsRow & {
    nth: number
    id: string
    epoch: string
    head_seq: number
    message_count: number
    read_seq: number
  }
  const { rows } = await sql<Row>`
    select wish.nth, channels.id, channels.epoch, channels.head_seq, channels.message_count, ${grounds},
      coalesce((
        select read_seq from read_states where channel_id = channels.id and read_states.user_id = wish.user_id
      ), 0) as read_seq
    from ${channelsOfWishes(wishes)}`.execute(handle)
  const found: (Readable | undefined)[] = wishes.map(() => undefined)
  for (const row of rows) {
    if (!mayView(wishes[row.nth - 1]?.userId ?? '', row)) continue
    found[row.nth - 1] = {
      channelId: row.id,
      epoch: row.epoch,
      headSeq: row.head_seq,
      count: row.message_count,
      readSeq: row.read_seq,
    }
  }
  return found
}

/**
 * Raises how far users have read, and takes away the notifications that they have read past. Resolves with those marks that are
 * further than before. Channels are locked in the order of their ids, as heads are.
 */
export async function raiseReadMarks(
  transaction: Handle,
  marks: readonly RaisedMark[],
): Promise<RaisedMark[]> {
  const { rows } = await sql<RaisedMark>`
    with furthest as (
      select distinct on (channel_id, user_id) * from unnest(
        ${marks.map(({ channelId }) => channelId)}::text[],
        ${marks.map(({ userId }) => userId)}::text[],
        ${marks.map(({ seq }) => seq)}::int8[],
        ${marks.map(({ count }) => count)}::int8[]
      ) as mark (channel_id, user_id, seq, count)
      order by channel_id, user_id, seq desc
    ), there as (
      select id from channels where id in (select channel_id from furthest) order by id for key share
    ), raised as (
      insert into read_states (channel_id, user_id, read_seq, read_count)
      select channel_id, user_id, seq, count from furthest join there on there.id = furthest.channel_id
      order by channel_id, user_id
      on conflict (channel_id, user_id) do update
        set read_seq = excluded.read_seq, read_count = excluded.read_count
        where read_states.read_seq < excluded.read_seq
      returning channel_id, user_id, read_seq, read_count
    ), past as (
      delete from notifications using raised
      where notifications.channel_id = raised.channel_id and notifications.user_id = raised.user_id
        and notifications.seq <= raised.read_seq
    )
    select channel_id as "channelId", user_id as "userId", read_seq as seq, read_count as count from raised`.execute(
    transaction,
  )
  return rows
}
