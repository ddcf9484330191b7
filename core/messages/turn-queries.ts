import { sql } from 'kysely'
import type { Handle } from '../handle.js'

/** Somebody who wants to write next in a channel with slow mode. */
export type TurnWish = { channelId: string; userId: string; nonce: string | undefined }

/** Nonces that are kept of one user in one channel: what may still be on its way through the queue. */
const MAX_NONCES = 20

/** How long turns are kept: the longest slow mode, in hours. */
const KEPT_HOURS = 6

/** Those who may write now, or repeat what they wrote with this nonce: their turns are taken. Of each user in each channel one wish. */
export async function takeTurns(
  handle: Handle,
  wishes: readonly TurnWish[],
): Promise<Pick<TurnWish, 'channelId' | 'userId'>[]> {
  // In one order, so that two batches never wait for each other in a circle.
  const { rows } = await sql<{ channel_id: string; user_id: string }>`
    insert into turns (channel_id, user_id, nonces)
    select channel_id, user_id, array_remove(array[nonce], null)
    from unnest(${wishes.map(({ channelId }) => channelId)}::text[], ${wishes.map(({ userId }) => userId)}::text[],
      ${wishes.map(({ nonce = null }) => nonce)}::text[]) as wish (channel_id, user_id, nonce)
    order by channel_id, user_id
    on conflict (channel_id, user_id) do update set
      taken_at = case when turns.nonces && excluded.nonces then turns.taken_at else excluded.taken_at end,
      nonces = case when turns.nonces && excluded.nonces then turns.nonces
        else (excluded.nonces || turns.nonces)[:${sql.lit(MAX_NONCES)}] end
    where turns.nonces && excluded.nonces or turns.taken_at <= excluded.taken_at - (
      select slow_mode_s from channels where id = excluded.channel_id
    ) * interval '1 second'
    returning channel_id, user_id`.execute(handle)
  return rows.map((row) => ({ channelId: row.channel_id, userId: row.user_id }))
}

/** How long these users have to wait in these channels, in milliseconds, at least 1. */
export async function readWaits(
  handle: Handle,
  wishes: readonly TurnWish[],
): Promise<(Pick<TurnWish, 'channelId' | 'userId'> & { waitMs: number })[]> {
  const { rows } = await sql<{ channel_id: string; user_id: string; wait_ms: number }>`
    select turns.channel_id, turns.user_id,
      ceil(extract(epoch from taken_at + slow_mode_s * interval '1 second' - now()) * 1000)::int8 as wait_ms
    from unnest(${wishes.map(({ channelId }) => channelId)}::text[], ${wishes.map(({ userId }) => userId)}::text[])
      as wish (channel_id, user_id)
    join turns on turns.channel_id = wish.channel_id and turns.user_id = wish.user_id
    join channels on channels.id = turns.channel_id`.execute(handle)
  return rows.map((row) => ({
    channelId: row.channel_id,
    userId: row.user_id,
    waitMs: Math.max(1, row.wait_ms),
  }))
}

/** Forgets at most `limit` turns that are older than the longest slow mode; resolves with how many. */
export async function forgetTurns(handle: Handle, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from turns where (channel_id, user_id) in (
      select channel_id, user_id from turns where taken_at < now() - ${KEPT_HOURS} * interval '1 hour'
      order by taken_at limit ${limit}
    )`.execute(handle)
  return Number(numAffectedRows ?? 0)
}
