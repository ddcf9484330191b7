import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../../ports/database/schema.js'

/** Who is in a direct, what topics tell, how far users have read, what they want to hear of, and what they are to hear. */
export async function up(handle: Kysely<Schema>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(handle)
}

// Read states are written with heads: room on each page for the next version of a row.
const statements = [
  `create table direct_members (
    channel_id text not null references channels on delete cascade,
    user_id text not null references users on delete cascade,
    primary key (channel_id, user_id)
  )`,
  `create index on direct_members (user_id, channel_id)`,
  `create table happenings (
    position int8 generated always as identity primary key,
    topic text not null,
    body bytea not null,
    created_at timestamptz not null default now()
  )`,
  `create index on happenings (topic, position)`,
  `create table read_states (
    channel_id text not null references channels on delete cascade,
    user_id text not null,
    read_seq int8 not null,
    read_count int8 not null,
    primary key (channel_id, user_id)
  ) with (fillfactor = 70)`,
  `create table server_levels (
    server_id text not null references servers on delete cascade,
    user_id text not null references users on delete cascade,
    level text not null check (level in ('all', 'mentions', 'none')),
    primary key (server_id, user_id)
  )`,
  `create index on server_levels (server_id) where level = 'all'`,
  `create table channel_levels (
    channel_id text not null references channels on delete cascade,
    user_id text not null references users on delete cascade,
    level text not null check (level in ('all', 'mentions', 'none')),
    primary key (channel_id, user_id)
  )`,
  `create index on channel_levels (channel_id) where level = 'all'`,
  `create table notifications (
    position int8 generated always as identity primary key,
    user_id text not null,
    channel_id text not null references channels on delete cascade,
    message_id text not null,
    sender_id text not null,
    seq int8 not null,
    count int8 not null,
    kind text not null check (kind in ('mention', 'direct', 'reply', 'message')),
    created_at timestamptz not null default now(),
    unique (user_id, message_id)
  )`,
  `create index on notifications (user_id, position)`,
  `create index on notifications (channel_id, user_id, seq)`,
]
