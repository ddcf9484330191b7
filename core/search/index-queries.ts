import { sql } from 'kysely'
import type { Handle } from '../handle.js'
import { generation, language } from './index-settings.js'

/** A channel whose events are to be indexed by whoever holds this claim, from a seq on. */
export type Claim = {
  channelId: string
  epoch: string
  /** What is indexed: up to here. */
  seq: number
  headSeq: number
  /** Counts how often the channel was begun anew; what another pass has left behind is no part of the index. */
  pass: number
  /** Whether nothing of another pass is left. */
  isClean: boolean
}

/** What is to be found of a message. */
export type IndexedMessage = {
  id: string
  channelId: string
  authorId: string
  /** Names everything by which a search can be narrowed: where it stands and who wrote it. */
  marks: readonly string[]
  sentAt: string
  /** Its words, by spaces. */
  text: string
}

/** What was read of a channel's events. */
export type Advance = {
  claim: Claim
  /** The last seq that was read. */
  seq: number
  isClean: boolean
  /** Messages in their latest state. */
  messages: readonly IndexedMessage[]
  /** Messages of which nothing is to be found any more. */
  removedIds: readonly string[]
}

/** Channels of which not everything is indexed: `channel` with `place`, its position, null for none. */
const isBehind = sql`(
  (place.channel_id is null and channel.head_seq > 0) or place.seq < channel.head_seq or place.epoch <> channel.epoch
  or place.generation < ${generation} or not place.is_clean
)`

/** Channels in one look at all of them. */
const LOOK_BATCH = 5_000

/** How long a claim holds, in seconds: as long as others leave a channel alone whose holder has died. */
const CLAIM_S = 15

/** Claims at most `limit` of these channels that are behind and that nobody has claimed. */
export async function claimBehind(
  handle: Handle,
  channelIds: readonly string[],
  limit: number,
): Promise<Claim[]> {
  const { rows } = await sql<Claim>`
    with behind as (
      select channel.id, channel.epoch, channel.head_seq
      from channels as channel left join search_positions as place on place.channel_id = channel.id
      where channel.id = any(${channelIds}::text[]) and ${isBehind}
        and (place.claimed_until is null or place.claimed_until < now())
      order by channel.id limit ${limit}
    ), claimed as (
      insert into search_positions as place (channel_id, epoch, seq, generation, claimed_until)
      select id, epoch, 0, ${generation}, now() + make_interval(secs => ${CLAIM_S}) from behind order by id
      on conflict (channel_id) do update set
        epoch = excluded.epoch, generation = excluded.generation, claimed_until = excluded.claimed_until,
        seq = case when ${isAnew} then 0 else place.seq end,
        pass = case when ${isAnew} then place.pass + 1 else place.pass end,
        is_clean = place.is_clean and not ${isAnew}
      where place.claimed_until < now()
      returning channel_id, epoch, seq, pass, is_clean
    )
    select channel_id as "channelId", claimed.epoch, seq, head_seq as "headSeq", pass, is_clean as "isClean"
    from claimed join behind on behind.id = channel_id`.execute(handle)
  return rows
}

/** Gives claims back that could not be worked on. */
export async function releaseClaims(handle: Handle, claims: readonly Claim[]): Promise<void> {
  const [ids, passes] = [claims.map(({ channelId }) => channelId), claims.map(({ pass }) => pass)]
  await sql`
    update search_positions as place set claimed_until = '-infinity'
    from unnest(${ids}::text[], ${passes}::int4[]) as claim (channel_id, pass)
    where place.channel_id = claim.channel_id and place.pass = claim.pass`.execute(handle)
}

/** Looks through the channels after an id, a part of them: which are behind, and where to go on; undefined at the end. */
export async function findBehind(
  handle: Handle,
  after: string,
): Promise<{ channelIds: string[]; next: string | undefined }> {
  const { rows } = await sql<{ last: string | null; count: number; behind: string[] | null }>`
    select max(channel.id collate "C") as last, count(*) as count,
      array_agg(channel.id) filter (where ${isBehind}) as behind
    from (
      select id, epoch, head_seq from channels where id collate "C" > ${after} order by id collate "C" limit ${LOOK_BATCH}
    ) as channel left join search_positions as place on place.channel_id = channel.id`.execute(handle)
  const [found] = rows
  const isAll = (found?.count ?? 0) < LOOK_BATCH
  return { channelIds: found?.behind ?? [], next: isAll ? undefined : (found?.last ?? undefined) }
}

/** Indexes what was read, in the caller's transaction, and gives the claims back. What another has read meanwhile is left out. */
export async function advance(transaction: Handle, advances: readonly Advance[]): Promise<void> {
  const moved = await movePositions(transaction, advances)
  const taken = advances.filter(({ claim }) => moved.has(claim.channelId))
  await upsertMessages(transaction, taken)
  const removedIds = taken.flatMap((each) => each.removedIds)
  if (removedIds.length > 0) await removeMessages(transaction, removedIds)
}

/** Removes at most `limit` messages of a channel that an earlier pass has left; resolves with how many. */
export async function removeStale(
  handle: Handle,
  { channelId, pass }: Claim,
  limit: number,
): Promise<number> {
  return removeSome(handle, sql`channel_id = ${channelId} and pass < ${pass}`, limit)
}

/** Removes at most `limit` messages of a deleted channel; resolves with how many. */
export async function removeChannel(handle: Handle, channelId: string, limit: number): Promise<number> {
  return removeSome(handle, sql`channel_id = ${channelId}`, limit)
}

/** Takes messages out, as those that are deleted. */
export async function removeMessages(handle: Handle, ids: readonly string[]): Promise<void> {
  await sql`delete from search_messages where id = any(${ids}::text[])`.execute(handle)
}

/** Lists messages that somebody wrote, behind an id, in the order of ids. */
export function listAuthored(
  handle: Handle,
  authorId: string,
  after: string,
  limit: number,
): Promise<{ id: string; channel_id: string }[]> {
  return handle
    .selectFrom('search_messages')
    .select(['id', 'channel_id'])
    .where('author_id', '=', authorId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** How much of the log is not indexed yet. */
export async function readLag(handle: Handle): Promise<{ channels: number; behind: number; events: number }> {
  const { rows } = await sql<{ channels: number; behind: number; events: number }>`
    select count(*) as channels, count(*) filter (where ${isBehind}) as behind,
      coalesce(sum(channel.head_seq - case when place.generation < ${generation} or place.epoch <> channel.epoch then 0
        else coalesce(place.seq, 0) end), 0)::int8 as events
    from channels as channel left join search_positions as place on place.channel_id = channel.id`.execute(
    handle,
  )
  return rows[0] ?? { channels: 0, behind: 0, events: 0 }
}

/** Whether a claimed channel begins anew. */
const isAnew = sql`(place.epoch <> excluded.epoch or place.generation < excluded.generation)`

async function movePositions(transaction: Handle, advances: readonly Advance[]): Promise<Set<string>> {
  const column = <T>(pick: (advance: Advance) => T) => advances.map(pick)
  const { rows } = await sql<{ channel_id: string }>`
    update search_positions as place
    set seq = moved.to_seq, is_clean = moved.is_clean, claimed_until = '-infinity'
    from unnest(
      ${column(({ claim }) => claim.channelId)}::text[], ${column(({ claim }) => claim.pass)}::int4[],
      ${column(({ claim }) => claim.seq)}::int8[], ${column(({ seq }) => seq)}::int8[],
      ${column(({ isClean }) => isClean)}::bool[]
    ) as moved (channel_id, pass, from_seq, to_seq, is_clean)
    where place.channel_id = moved.channel_id and place.pass = moved.pass and place.seq = moved.from_seq
    returning place.channel_id`.execute(transaction)
  return new Set(rows.map((row) => row.channel_id))
}

async function upsertMessages(transaction: Handle, advances: readonly Advance[]): Promise<void> {
  const rows = advances.flatMap(({ claim, messages }) =>
    messages.map((each) => ({ ...each, pass: claim.pass })),
  )
  if (rows.length === 0) return
  // An array of arrays would be a matrix: the marks come as the text of an array each.
  const column = <T>(pick: (row: (typeof rows)[number]) => T) => rows.map(pick)
  await sql`
    insert into search_messages (id, channel_id, author_id, sent_at, pass, words)
    select id, channel_id, author_id, sent_at, pass,
      to_tsvector(${language}, text) || array_to_tsvector(array(select jsonb_array_elements_text(marks)))
    from unnest(
      ${column(({ id }) => id)}::text[], ${column(({ channelId }) => channelId)}::text[],
      ${column(({ authorId }) => authorId)}::text[], ${column(({ sentAt }) => sentAt)}::timestamptz[], ${column(({ pass }) => pass)}::int4[],
      ${column(({ text }) => text)}::text[], ${column(({ marks }) => JSON.stringify(marks))}::jsonb[]
    ) as message (id, channel_id, author_id, sent_at, pass, text, marks)
    on conflict (id) do update set
      channel_id = excluded.channel_id, author_id = excluded.author_id, sent_at = excluded.sent_at, pass = excluded.pass, words = excluded.words`.execute(
    transaction,
  )
}

async function removeSome(handle: Handle, where: ReturnType<typeof sql>, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from search_messages where id = any(array(select id from search_messages where ${where} limit ${limit}))`.execute(
    handle,
  )
  return Number(numAffectedRows ?? 0)
}
