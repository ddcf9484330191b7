import type { Kysely } from 'kysely'
import type { Schema } from '../ports/database/schema.js'

/** What a query runs on, inside a transaction or outside one; never kept after the callback that was given it. */
export type Handle = Kysely<Schema>
