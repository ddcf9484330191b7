import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPostgresDatabase } from '../../ports/database/postgres/postgres-database.js'
import type { Database } from '../../ports/database/database.js'
import { freshPostgresUrl, runs, type Fresh } from '../support/adapters.js'

describe.runIf(runs('full', 'DATABASE_URL'))('database: postgres, when connections fail', tests)

function tests() {
  let url: Fresh<string>
  let database: Database
  let killer: Database

  beforeAll(async () => {
    url = await freshPostgresUrl()
    database = openPostgresDatabase({ url: url.value, maxConnections: 4, statementTimeoutMs: 2_000 })
    killer = openPostgresDatabase({ url: url.value, maxConnections: 1 })
  })
  afterAll(async () => {
    await database.close()
    await killer.close()
    await url.drop()
  })

  /** Resolves once they are gone: one that is still going would be taken for one that serves. */
  const killOthers = () =>
    killer.read((handle) =>
      sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`.execute(handle),
    )
  const eachConnection = () => Promise.all([1, 2, 3, 4].map(() => database.ping()))

  it('goes on after idle connections were cut', async () => {
    await eachConnection()

    await killOthers()

    await expect
      .poll(() =>
        database.ping().then(
          () => 'answers',
          (error) => error.code,
        ),
      )
      .toBe('answers')
    await eachConnection()
  })

  it('rejects what runs on a cut connection with unavailable, and goes on', async () => {
    let begun = () => undefined as void
    const running = new Promise<void>((resolve) => (begun = resolve))
    const writing = database.write(async (transaction) => {
      await sql`create temporary table scratch ()`.execute(transaction)
      begun()
      await sql`select pg_sleep(1.5)`.execute(transaction)
    })
    const outcome = expect(writing).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    await running

    await killOthers()

    await outcome
    await database.ping()
  })

  it('survives a connection that is cut between the statements of a transaction', async () => {
    const writing = database.write(async (transaction) => {
      await sql`select 1`.execute(transaction)
      await killOthers()
      await sql`select 1`.execute(transaction)
    })

    await expect(writing).rejects.toMatchObject({ code: 'unavailable' })
    await database.ping()
  })

  it('ends a statement that takes too long with unavailable', async () => {
    const sleeping = database.read((handle) => sql`select pg_sleep(10)`.execute(handle))

    await expect(sleeping).rejects.toMatchObject({ code: 'unavailable' })
    await database.ping()
  })

  it('is unavailable where nobody listens', async () => {
    const nobody = openPostgresDatabase({ url: 'postgres://someone:secret@127.0.0.1:1/nothing' })

    await expect(nobody.ping()).rejects.toMatchObject({ code: 'unavailable' })
    await nobody.close()
  })
}
