import { sql, type Kysely } from 'kysely'
import type { Database } from '../../database/database.js'
import type { Schema } from '../../database/schema.js'
import type { Event, Message } from '../../../gen/recado/v1/types.js'
import { toEvent, toMessage, toRecord, type EventRecord } from '../event-record.js'
import type { AppendResult, EventRange, History, LogEnd, MessagePage } from '../history.js'

/**
 * The log in a table of the relational database, `history_events`, which is made here if it is not there: for the embedded profile.
 * The database stays its owner's to close.
 */
export async function openPgliteHistory(database: Database): Promise<History> {
  await database.write(async (transaction) => {
    for (const statement of tables) await sql.raw(statement).execute(transaction)
  })
  return new PgliteHistory(database)
}

const tables = [
  `create table if not exists history_events (
    id text primary key,
    channel_id text not null,
    seq int8 not null,
    count int8 not null,
    attempt text not null,
    kind text not null,
    sender_id text not null,
    content text not null,
    timestamp timestamptz,
    server_id text,
    nonce text,
    reply_to text,
    unique (channel_id, seq)
  )`,
  // A page of messages is one range of an index, however many other events lie between them.
  `create unique index if not exists history_messages on history_events (channel_id, seq) where kind = 'message'`,
]

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
      return this.#database.write((transaction) => appendUntilRefused(transaction, records))
    }
  }

  async find(channelId: string, ids: readonly string[]): Promise<Event[]> {
    const records = await this.#select(sql`where id = any(${ids}::text[]) and channel_id = ${channelId}`)
    return records.map(toEvent)
  }

  async end(channelId: string): Promise<LogEnd | undefined> {
    const [newest] = await this.#select(sql`where channel_id = ${channelId} order by seq desc limit 1`)
    return newest && { seq: newest.seq, count: newest.count }
  }

  async latest(channelId: string, limit: number): Promise<Event[]> {
    const newest = await this.#select(sql`where channel_id = ${channelId} order by seq desc limit ${limit}`)
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
  const column = (name: keyof EventRecord) => records.map((record) => record[name] ?? null)
  return sql`
    insert into history_events
      (id, channel_id, seq, count, attempt, kind, sender_id, content, timestamp, server_id, nonce, reply_to)
    select * from unnest(
      ${column('id')}::text[], ${column('channel_id')}::text[], ${column('seq')}::int8[], ${column('count')}::int8[],
      ${column('attempt')}::text[], ${column('kind')}::text[], ${column('sender_id')}::text[],
      ${column('content')}::text[], ${records.map(({ timestamp }) => timestamp?.toISOString() ?? null)}::timestamptz[], ${column('server_id')}::text[],
      ${column('nonce')}::text[], ${column('reply_to')}::text[]
    )`
}

/** Stores all that can be, then takes back what came behind the first that could not. */
async function appendUntilRefused(
  handle: Kysely<Schema>,
  records: readonly EventRecord[],
): Promise<AppendResult> {
  const inserting = sql<EventRecord>`${insert(records)} on conflict do nothing returning id, channel_id, seq`
  const { rows } = await inserting.execute(handle)
  const stored = new Map(rows.map((row) => [row.id, row]))
  // Each stored row stands for the first of its likes: an event may come twice in one batch.
  const refusedIndex = records.findIndex((record) => {
    const row = stored.get(record.id)
    return !(row && isSamePlace(row, record) && stored.delete(record.id))
  })
  if (refusedIndex === -1) return { stored: 'all' }
  await sql`delete from history_events where id = any(${[...stored.keys()]}::text[])`.execute(handle)
  return { stored: 'some', refusedIndex }
}

function isSamePlace(a: EventRecord, b: EventRecord): boolean {
  return a.channel_id === b.channel_id && a.seq === b.seq
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505'
}
