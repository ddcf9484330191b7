import { sql, type Kysely } from 'kysely'
import type { MessageState } from '../../../contract/folding.js'
import { RecadoError } from '../../../lib/errors.js'
import { column } from '../../database/column.js'
import type { Database } from '../../database/database.js'
import { applyMigrations } from '../../database/migrations.js'
import type { Schema } from '../../database/schema.js'
import type { Event, Message } from '../../../gen/recado/v1/types.js'
import { historyMigrations } from './migrations.js'
import {
  toBlankUpdate,
  toEvent,
  toMessage,
  toMessageChange,
  toMessageState,
  toRecord,
  type EventRecord,
  type RecordChange,
} from '../event-record.js'
import type { AppendResult, EventKey, EventRange, History, LogEnd, MessagePage } from '../history.js'

/**
 * The log in a table of the relational database, `history_events`, which is brought here to what this version needs: for the embedded
 * profile. The database stays its owner's to close.
 */
export async function openPgliteHistory(database: Database): Promise<History> {
  await applyMigrations(database, historyMigrations)
  return new PgliteHistory(database)
}

class PgliteHistory implements History {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async append(events: readonly Event[]): Promise<AppendResult> {
    if (events.length === 0) return { stored: 'all' }
    const records = events.map(toRecord)
    try {
      await this.#database.read((handle) => insert(records).execute(handle))
      return { stored: 'all' }
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
    }
    try {
      return await this.#database.write((transaction) => appendUntilRefused(transaction, records))
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      throw new RecadoError('unavailable', 'Somebody else writes to the same log.', { cause: error })
    }
  }

  async apply(states: readonly MessageState[]): Promise<void> {
    if (states.length === 0) return
    const deleted = states.filter(({ message }) => message.deletedAt !== undefined)
    const changes = [...deleted.flatMap(toBlanks), ...states.map(toApplied)]
    await this.#database.read((handle) => update(changes).execute(handle))
  }

  async find(keys: readonly EventKey[]): Promise<Event[]> {
    return (await this.#find(keys)).map(toEvent)
  }

  async states(keys: readonly EventKey[]): Promise<MessageState[]> {
    const records = await this.#find(keys)
    return records.filter(({ kind }) => kind === 'message').map(toMessageState)
  }

  #find(keys: readonly EventKey[]): Promise<EventRecord[]> {
    const [ids, channelIds] = [keys.map(({ id }) => id), keys.map(({ channelId }) => channelId)]
    return this.#select(
      sql`join unnest(${ids}::text[], ${channelIds}::text[]) as key (id, channel_id) using (id, channel_id)`,
    )
  }

  async endsPast(places: readonly { channelId: string; seq: number }[]): Promise<Map<string, LogEnd>> {
    const query = sql<LogEnd & { channel_id: string }>`
      select distinct on (log.channel_id) log.channel_id, log.seq, log.count
      from unnest(${places.map(({ channelId }) => channelId)}::text[], ${places.map(({ seq }) => seq)}::int8[])
        as place (channel_id, seq)
      join history_events log on log.channel_id = place.channel_id and log.seq > place.seq
      order by log.channel_id, log.seq desc`
    const { rows } = await this.#database.read((handle) => query.execute(handle))
    return new Map(rows.map(({ channel_id, seq, count }) => [channel_id, { seq, count }]))
  }

  async latest(channelId: string, limit: number): Promise<Event[]> {
    const newest = await this.#select(
      sql`where channel_id = ${channelId} and seq > 0 order by seq desc limit ${limit}`,
    )
    return newest.reverse().map(toEvent)
  }

  async events({ channelId, since, upTo, limit }: EventRange): Promise<Event[]> {
    const records = await this.#select(sql`
      where channel_id = ${channelId} and seq > ${since} and seq <= ${upTo} order by seq limit ${limit}`)
    return records.map(toEvent)
  }

  async messages({ channelId, after, upTo, limit, pick }: MessagePage): Promise<Message[]> {
    const order = sql.raw(pick === 'oldest' ? 'asc' : 'desc')
    const records = await this.#select(sql`
      where channel_id = ${channelId} and kind = 'message' and seq > ${after} and seq <= ${upTo}
      order by seq ${order} limit ${limit}`)
    return (pick === 'oldest' ? records : records.reverse()).map(toMessage)
  }

  async forget(channelId: string, limit: number): Promise<number> {
    const removal = sql`
      delete from history_events where id = any(array(
        select id from history_events where channel_id = ${channelId} order by seq limit ${limit}
      ))`
    const { numAffectedRows } = await this.#database.read((handle) => removal.execute(handle))
    return Number(numAffectedRows ?? 0)
  }

  ping(): Promise<void> {
    return this.#database.ping()
  }

  async close(): Promise<void> {}

  async #select(where: ReturnType<typeof sql>): Promise<EventRecord[]> {
    const query = sql<EventRecord>`select * from history_events ${where}`
    const { rows } = await this.#database.read((handle) => query.execute(handle))
    return rows
  }
}

function insert(records: readonly EventRecord[]) {
  const texts = (name: Exclude<keyof EventRecord, 'details'>) =>
    column('text', records, (record) => record[name] ?? null)
  const numbers = (name: 'seq' | 'count') => column('int8', records, (record) => record[name])
  const times = (name: 'timestamp' | 'sent_at') =>
    column('timestamptz', records, (record) => record[name]?.toISOString() ?? null)
  const details = column('jsonb', records, (record) => record.details && JSON.stringify(record.details))
  return sql`
    insert into history_events
      (id, channel_id, seq, count, attempt, epoch, kind, sender_id, content, timestamp, server_id, nonce, reply_to,
      data, sent_at, details)
    select * from unnest(
      ${texts('id')}, ${texts('channel_id')}, ${numbers('seq')}, ${numbers('count')}, ${texts('attempt')},
      ${texts('epoch')}, ${texts('kind')}, ${texts('sender_id')}, ${texts('content')}, ${times('timestamp')},
      ${texts('server_id')}, ${texts('nonce')}, ${texts('reply_to')}, ${texts('data')}, ${times('sent_at')}, ${details}
    )`
}

/** A document that changes: one by its seq, unless it is as far as `upTo` already. */
type Change = RecordChange & { channelId: string; seq: number; upTo: number | null }

function toApplied(state: MessageState): Change {
  const { channelId, seq } = state.message
  return { ...toMessageChange(state), channelId, seq, upTo: state.changedSeq }
}

/** What takes a deleted message's text out of the documents of its updates. */
function toBlanks(state: MessageState): Change[] {
  const blank = { ...toBlankUpdate(state), channelId: state.message.channelId, upTo: null }
  return state.updateSeqs.map((seq) => ({ ...blank, seq }))
}

function update(changes: readonly Change[]) {
  return sql`
    update history_events set content = change.content, data = change.data, details = change.details
    from unnest(
      ${changes.map(({ channelId }) => channelId)}::text[], ${changes.map(({ seq }) => seq)}::int8[],
      ${changes.map(({ upTo }) => upTo)}::int8[], ${changes.map(({ content }) => content)}::text[],
      ${changes.map(({ data }) => data ?? null)}::text[],
      ${changes.map(({ details }) => JSON.stringify(details ?? {}))}::jsonb[]
    ) as change (channel_id, seq, up_to, content, data, details)
    where history_events.channel_id = change.channel_id and history_events.seq = change.seq
      and (change.up_to is null or coalesce((history_events.details->>'changed_seq')::int8, 0) < change.up_to)`
}

/** Finds the first that cannot be stored, and stores what stands before it. */
async function appendUntilRefused(
  handle: Kysely<Schema>,
  records: readonly EventRecord[],
): Promise<AppendResult> {
  const refused = await sql<{ place: number }>`
    select place from (
      select * from unnest(
        ${records.map(({ id }) => id)}::text[],
        ${records.map(({ channel_id }) => channel_id)}::text[],
        ${records.map(({ seq }) => seq)}::int8[]
      ) with ordinality as record (id, channel_id, seq, place)
      order by place offset 0 -- in their order and no further: it ends at the first
    ) record
    where exists (select from history_events log where log.id = record.id)
      or exists (select from history_events log where log.channel_id = record.channel_id and log.seq = record.seq)
    limit 1
  `.execute(handle)
  const place = refused.rows[0]?.place
  const refusedIndex = Math.min(place === undefined ? Infinity : place - 1, findRepeated(records))
  const storable = records.slice(0, refusedIndex)
  if (storable.length > 0) await insert(storable).execute(handle)
  return storable.length === records.length ? { stored: 'all' } : { stored: 'some', refusedIndex }
}

/** The place of the first record that comes twice among these; infinity for none. */
function findRepeated(records: readonly EventRecord[]): number {
  const [ids, places] = [new Set<string>(), new Set<string>()]
  const index = records.findIndex(({ id, channel_id, seq }) => {
    const place = `${seq} ${channel_id}`
    if (ids.has(id) || places.has(place)) return true
    ids.add(id)
    places.add(place)
    return false
  })
  return index < 0 ? Infinity : index
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505'
}
