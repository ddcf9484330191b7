import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../../ports/database/schema.js'

/** Accounts whose texts are still to go, and servers that keep messages for a time only. */
export async function up(handle: Kysely<Schema>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(handle)
}

const statements = [
  `create table account_deletions (
    user_id text primary key references users on delete cascade,
    deleted_at timestamptz not null default now(),
    due_at timestamptz not null default now()
  )`,
  `create index on account_deletions (due_at)`,
  `alter table servers add column retention_days int4`,
  `create table retentions (
    server_id text primary key references servers on delete cascade,
    due_at timestamptz not null default now()
  )`,
  `create index on retentions (due_at)`,
  `create table retention_positions (
    channel_id text primary key references channels on delete cascade,
    seq int8 not null
  )`,
]
