import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../../ports/database/schema.js'

/** Common words are found by time, newest first, without looking at all that hold them. */
export async function up(handle: Kysely<Schema>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(handle)
}

// What waits to be sorted into the index is looked through by every search, and sorted in by whoever fills it up: little at a time.
const statements = [
  `alter index search_messages_words set (gin_pending_list_limit = 256)`,
  `create index on search_messages (sent_at, id collate "C")`,
  `create index on search_messages (channel_id, sent_at, id collate "C")`,
  `drop index search_messages_channel_id_pass_idx`,
]
