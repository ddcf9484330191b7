import { sql } from 'kysely'
import { createLog } from '../../lib/log.js'
import type { Database } from '../../ports/database/database.js'
import { openPgliteQueue } from '../../ports/queue/pglite/pglite-queue.js'
import type { Queue } from '../../ports/queue/queue.js'
import { PARTITIONS, type PlaceOptions, type QueuePlace } from './queue-place.js'

/** The queue's table in a database; one place at a time, emptied when it goes. */
export class PglitePlace implements QueuePlace {
  readonly #database: Database
  readonly #options: PlaceOptions
  readonly #opened: Queue[] = []

  constructor(database: Database, options: PlaceOptions) {
    this.#database = database
    this.#options = options
  }

  async open(): Promise<Queue> {
    const log = createLog({ level: 'silent', program: 'test' })
    const queue = await openPgliteQueue({
      database: this.#database,
      partitions: PARTITIONS,
      log,
      ...this.#options,
    })
    this.#opened.push(queue)
    return queue
  }

  async drop(): Promise<void> {
    await Promise.all(this.#opened.map((queue) => queue.close()))
    await this.#database.write((handle) =>
      sql`drop table if exists queue_messages, queue_migrations`.execute(handle),
    )
  }
}
