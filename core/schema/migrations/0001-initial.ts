import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../../ports/database/schema.js'

/** Users, servers, channels, members, the heads in their channels, lost rights, refusals and settings. */
export async function up(handle: Kysely<Schema>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(handle)
}

// Refusals and revocations refer to nothing: they outlive what they are about.
const statements = [
  `create table users (
    id text primary key,
    username text not null unique,
    password_hash text not null,
    created_at timestamptz not null default now()
  )`,
  `create table sessions (
    id text primary key,
    user_id text not null references users on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
  )`,
  `create index on sessions (user_id)`,
  `create index on sessions (expires_at)`,
  `create table servers (
    id text primary key,
    name text not null,
    owner_id text not null references users,
    announcement_channel_id text not null,
    blocked_words text[] not null default '{}',
    created_at timestamptz not null default now()
  )`,
  `create index on servers (owner_id)`,
  `create table channels (
    id text primary key,
    server_id text references servers on delete cascade,
    name text not null,
    epoch text not null,
    head_seq int8 not null default 0,
    message_count int8 not null default 0,
    last_message_id text,
    last_message_at timestamptz,
    created_at timestamptz not null default now()
  ) with (fillfactor = 70)`, // room on each page for the next version of its rows: heads are raised all the time
  `create index on channels (server_id)`,
  `create table members (
    server_id text not null references servers on delete cascade,
    user_id text not null references users on delete cascade,
    joined_at timestamptz not null default now(),
    primary key (server_id, user_id)
  )`,
  `create index on members (user_id, server_id)`,
  `create table revocations (
    position int8 generated always as identity primary key,
    kind text not null check (kind in ('member_removed', 'signed_out', 'channel_deleted')),
    server_id text,
    user_id text,
    session_id text,
    channel_id text,
    created_at timestamptz not null default now()
  )`,
  `create table refusals (
    id text not null,
    attempt text not null,
    channel_id text not null,
    code int4 not null,
    reason text not null,
    created_at timestamptz not null default now(),
    primary key (id, attempt)
  )`,
  `create index on refusals (created_at)`,
  `create table settings (
    name text primary key,
    value text not null
  )`,
]
