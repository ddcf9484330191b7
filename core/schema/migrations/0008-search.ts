import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../../ports/database/schema.js'

/** The index of messages, and how far each channel's events are in it. */
export async function up(handle: Kysely<Schema>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(handle)
}

// What is indexed of a deleted channel goes in small batches, so it does not refer to the channel.
const statements = [
  `create table search_positions (
    channel_id text primary key references channels on delete cascade,
    epoch text not null,
    seq int8 not null,
    generation int4 not null,
    pass int4 not null default 1,
    is_clean bool not null default true,
    claimed_until timestamptz not null default '-infinity'
  ) with (fillfactor = 70)`, // room on each page for the next version of its rows
  `create table search_messages (
    id text primary key,
    channel_id text not null,
    sent_at timestamptz not null,
    pass int4 not null,
    words tsvector not null
  )`,
  `create index on search_messages (channel_id, pass)`,
  `create index search_messages_words on search_messages using gin (words)`,
]
