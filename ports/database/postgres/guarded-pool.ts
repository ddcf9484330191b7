import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import { RecadoError } from '../../../lib/errors.js'
import { isSilence, toPortError, unavailable } from './connection-faults.js'

const INT8_OID = 20

/** Numbers, not strings, for int8: no count of ours comes near 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (Number(oid) === INT8_OID ? Number : pg.types.getTypeParser(oid, format)),
}

/** So many may wait for a connection; beyond it work is refused with `unavailable`. */
const MAX_WAITING = 10_000

/** So many statements are prepared on each connection; others are planned anew each time, as are those without parameters. */
const MAX_PREPARED = 200

/** PostgreSQL's answer to a prepared statement whose table has changed since. */
const PLAN_IS_STALE = '0A000'

/**
 * A `pg.Pool` as kysely wants it, with the port's errors. It outlives every fault of a connection: one that has failed is dropped,
 * and the next in need of it opens another.
 */
export class GuardedPool implements PostgresPool {
  readonly #pool: pg.Pool
  /** The name of each prepared statement by its text: planning costs more than most of ours cost to run. */
  readonly #names = new Map<string, string>()
  /** Connections may share a session, as PGlite's do, those of other pools too, so their statements have names of their own. */
  readonly #prefixes = new WeakMap<pg.PoolClient, string>()
  readonly #connectedAt = new WeakMap<pg.PoolClient, number>()
  /** When a connection was last found silent: those that are older have most likely died with it. */
  #silentAt = -Infinity

  constructor(config: pg.PoolConfig) {
    this.#pool = new pg.Pool({ ...config, types })
    // A connection that breaks tells its user by the failing query; without listeners it would end the process as well.
    this.#pool.on('error', () => undefined)
    this.#pool.on('connect', (client) => {
      client.on('error', () => undefined)
      this.#connectedAt.set(client, performance.now())
    })
  }

  async connect(): Promise<PostgresPoolClient> {
    if (this.#pool.waitingCount >= MAX_WAITING) {
      throw new RecadoError('unavailable', 'The database is busy. Try again in a moment.')
    }
    for (;;) {
      const client = await this.#pool.connect().catch((cause: unknown) => {
        throw unavailable(cause)
      })
      if ((this.#connectedAt.get(client) ?? 0) >= this.#silentAt) return this.#guard(client)
      client.release(true)
    }
  }

  end(): Promise<void> {
    return this.#pool.end()
  }

  #guard(client: pg.PoolClient): PostgresPoolClient {
    let broken = false
    const prefix = this.#prefixOf(client)
    const query = async (text: string, parameters: readonly unknown[]) => {
      const values = [...parameters]
      const known = values.length > 0 ? this.#nameOf(text) : undefined
      const name = known && `${prefix}${known}`
      try {
        return await client.query(name === undefined ? { text, values } : { name, text, values })
      } catch (thrown) {
        const error = isStalePlan(thrown) ? unavailable(thrown) : toPortError(thrown)
        broken ||= error instanceof RecadoError
        if (isSilence(thrown)) this.#silentAt = performance.now()
        throw error
      }
    }
    // Cursors, kysely's other way to call it, are for streams, which nobody here asks for.
    return { query: query as unknown as PostgresPoolClient['query'], release: () => client.release(broken) }
  }

  #prefixOf(client: pg.PoolClient): string {
    const prefix = this.#prefixes.get(client) ?? `${randomBytes(6).toString('base64url')}:`
    this.#prefixes.set(client, prefix)
    return prefix
  }

  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known !== undefined || this.#names.size >= MAX_PREPARED) return known
    const name = `s${this.#names.size}`
    this.#names.set(text, name)
    return name
  }
}

function isStalePlan(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === PLAN_IS_STALE
}
