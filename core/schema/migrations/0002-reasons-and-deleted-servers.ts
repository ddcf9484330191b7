import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../../ports/database/schema.js'

/** Refusals keep their text beside the reason's stable name; a deleted server is one lost right. */
export async function up(handle: Kysely<Schema>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(handle)
}

const statements = [
  `alter table refusals add column message text not null default ''`,
  `alter table revocations drop constraint revocations_kind_check`,
  `alter table revocations add constraint revocations_kind_check
    check (kind in ('member_removed', 'signed_out', 'channel_deleted', 'server_deleted'))`,
]
