import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../../ports/database/schema.js'

/** What users show of themselves, and whom they block. */
export async function up(handle: Kysely<Schema>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(handle)
}

const statements = [
  `alter table users
    add column display_name text not null default '',
    add column about text not null default '',
    add column deleted_at timestamptz`,
  `create table blocks (
    user_id text not null references users on delete cascade,
    blocked_id text not null references users on delete cascade,
    created_at timestamptz not null default now(),
    primary key (user_id, blocked_id)
  )`,
]
