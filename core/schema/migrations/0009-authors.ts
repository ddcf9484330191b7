import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../../ports/database/schema.js'

/** The index of messages tells what somebody wrote, in the order of ids; it is built anew for it. */
export async function up(handle: Kysely<Schema>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(handle)
}

const statements = [
  `alter table search_messages add column author_id text not null default ''`,
  `create index on search_messages (author_id, id)`,
  `update settings set value = (value::int4 + 1)::text where name = 'search_generation'`,
]
