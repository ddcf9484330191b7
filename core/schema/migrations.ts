import type { Kysely } from 'kysely'
import type { Schema } from '../../ports/database/schema.js'
import { up as initial } from './migrations/0001-initial.js'
import { up as reasonsAndDeletedServers } from './migrations/0002-reasons-and-deleted-servers.js'

/** One step of the schema. */
export type Migration = {
  name: string
  up: (handle: Kysely<Schema>) => Promise<void>
  /**
   * Whether it runs outside a transaction, as an index that is built concurrently must. It may then stop half-way and is run again,
   * so it must take what it finds. Default: it is one transaction, there as a whole or not at all.
   */
  isOutside?: true
}

/**
 * Every migration, in order: the first leads to version 1. The list only grows, and what has been released is never edited.
 *
 * Expand, then contract: two versions of the product may run side by side, so a migration may only add what the code before it can
 * ignore (tables, columns with a default, indexes). What nobody uses any more is removed one release after the last that used it.
 */
export const migrations: readonly Migration[] = [
  { name: 'initial', up: initial },
  { name: 'reasons and deleted servers', up: reasonsAndDeletedServers },
]
