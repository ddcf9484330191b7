import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import { withDeadline } from '../../../lib/deadline.js'
import { RecadoError } from '../../../lib/errors.js'
import type { Database } from '../database.js'
import { GuardedPool } from './guarded-pool.js'
import type { PoolConfig } from 'pg'
import type { Schema } from '../schema.js'

/** How long a ping waits: who asks whether the database is there wants to know soon. */
const PING_MS = 2_000

/** To `pg`, 0 is no limit. */
const withoutLimits = {
  max: 1,
  statement_timeout: 0,
  idle_in_transaction_session_timeout: 0,
  query_timeout: 0,
}

/** The port over a pool of connections, whatever is at their other end: what both adapters are made of. */
export class PooledDatabase implements Database {
  readonly #config: PoolConfig
  readonly #kysely: Kysely<Schema>
  readonly #running = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor(config: PoolConfig) {
    this.#config = config
    this.#kysely = connect(config)
  }

  read<T>(work: (handle: Kysely<Schema>) => Promise<T>): Promise<T> {
    return this.#run(() => work(this.#kysely))
  }

  write<T>(work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T> {
    return this.#run(() => this.#kysely.transaction().setIsolationLevel('read committed').execute(work))
  }

  maintain<T>(work: (handle: Kysely<Schema>) => Promise<T>): Promise<T> {
    return this.#run(async () => {
      const kysely = connect({ ...this.#config, ...withoutLimits })
      try {
        return await kysely.connection().execute(async (connection) => {
          // The server may have a limit of its own.
          await sql`set statement_timeout = 0`.execute(connection)
          return work(connection)
        })
      } finally {
        await kysely.destroy()
      }
    })
  }

  async ping(): Promise<void> {
    const answer = this.read((handle) => sql`select 1`.execute(handle))
    await withDeadline(PING_MS, answer, 'The database does not answer.')
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish()
    return this.#closing
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing) throw new RecadoError('unavailable', 'The database is closed.')
    const running = work()
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }

  async #finish(): Promise<void> {
    await Promise.allSettled(this.#running)
    await this.#kysely.destroy()
  }
}

function connect(config: PoolConfig): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: new GuardedPool(config) }) })
}
