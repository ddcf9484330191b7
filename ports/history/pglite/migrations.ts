import { sql, type Kysely } from 'kysely'
import type { MigrationSet } from '../../database/migrations.js'
import type { Schema } from '../../database/schema.js'

/** The table `history_events`. Folders from before it had versions hold one or the other state of it, so the first two take what they find. */
export const historyMigrations: MigrationSet = {
  table: 'history_migrations',
  steps: [
    { name: 'initial', up: initial },
    { name: 'epoch, data and sent_at', up: epochDataAndSentAt },
    { name: 'details', up: details },
  ],
}

async function initial(handle: Kysely<Schema>): Promise<void> {
  await sql`create table if not exists history_events (
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
  )`.execute(handle)
  // A page of messages is one range of an index, however many other events lie between them.
  await sql`create unique index if not exists history_messages on history_events (channel_id, seq) where kind = 'message'`.execute(
    handle,
  )
}

/** The log's events have the epoch of their channel; the older ones are given it here. */
async function epochDataAndSentAt(handle: Kysely<Schema>): Promise<void> {
  await sql`alter table history_events
    add column if not exists epoch text not null default '',
    add column if not exists data text,
    add column if not exists sent_at timestamptz`.execute(handle)
}

/** What changes have, and what they leave in messages. */
async function details(handle: Kysely<Schema>): Promise<void> {
  await sql`alter table history_events add column if not exists details jsonb`.execute(handle)
}
