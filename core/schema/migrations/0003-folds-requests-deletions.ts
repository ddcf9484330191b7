import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../../ports/database/schema.js'
import { foldText } from '../../moderation/words.js'
import { foldUsername } from '../../users/username.js'

/**
 * Usernames are unique under their fold, and blocked words are kept as texts are folded now. Also tables for requests that were
 * answered and for deletions whose events are still in the log.
 */
export async function up(handle: Kysely<Schema>): Promise<void> {
  await run(handle, tables)
  await foldUsernames(handle)
  await run(handle, uniqueFolds)
  await foldBlockedWords(handle)
}

/** Rows that are folded in one statement. */
const BATCH = 1_000

const tables = [
  `alter table users add column username_fold text`,
  `create table requests (
    actor text not null,
    request_id text not null,
    fingerprint text not null,
    result_id text not null,
    created_at timestamptz not null default now(),
    primary key (actor, request_id)
  )`,
  `create index on requests (created_at)`,
  `create table deletions (
    channel_id text primary key,
    deleted_at timestamptz not null default now(),
    due_at timestamptz not null default now() + interval '1 minute'
  )`,
  `create index on deletions (due_at)`,
]

// Of users who look alike the first keeps the fold; the others are found by their exact name, as all were before.
const uniqueFolds = [
  `update users set username_fold = null where id in (
    select id from (
      select id, row_number() over (partition by username_fold order by created_at, id) as nth from users
    ) as alike where nth > 1
  )`,
  `create unique index users_username_fold on users (username_fold)`,
]

async function run(handle: Kysely<Schema>, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(handle)
}

async function foldUsernames(handle: Kysely<Schema>): Promise<void> {
  for (let after = ''; ;) {
    const { rows } = await sql<{ id: string; username: string }>`
      select id, username from users where id > ${after} order by id limit ${BATCH}`.execute(handle)
    await sql`
      update users set username_fold = folded.fold
      from unnest(
        ${rows.map(({ id }) => id)}::text[],
        ${rows.map(({ username }) => foldUsername(username))}::text[]
      ) as folded (id, fold)
      where users.id = folded.id`.execute(handle)
    if (rows.length < BATCH) return
    after = rows.at(-1)?.id ?? ''
  }
}

async function foldBlockedWords(handle: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ id: string; blocked_words: string[] }>`
    select id, blocked_words from servers where blocked_words <> '{}'`.execute(handle)
  for (const { id, blocked_words: words } of rows) {
    const folded = [...new Set(words.map(foldText))]
    await sql`update servers set blocked_words = ${folded} where id = ${id}`.execute(handle)
  }
}
