import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPostgresDatabase } from '../../ports/database/postgres/postgres-database.js'
import type { Database } from '../../ports/database/database.js'
import { freshPostgresUrl, runs, type Fresh } from '../support/adapters.js'
import { FaultProxy } from '../support/fault-proxy.js'

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

  it('says the same of times, numbers and bytes, whatever the database is set to', async () => {
    const odd = await freshPostgresUrl()
    const name = new URL(odd.value).pathname.slice(1)
    await killer.read(async (handle) => {
      for (const setting of [
        `datestyle to 'SQL, DMY'`,
        `timezone to 'Asia/Kathmandu'`,
        `intervalstyle to 'iso_8601'`,
        `bytea_output to 'escape'`,
        `client_encoding to 'latin1'`,
        `extra_float_digits to -15`,
        `standard_conforming_strings to off`,
      ])
        await sql.raw(`alter database ${name} set ${setting}`).execute(handle)
    })
    const other = openPostgresDatabase({ url: `${odd.value}?options=-c%20enable_sort%3Doff` })
    const at = new Date('0001-02-03T04:05:06.789Z')

    const { rows } = await other.read((handle) =>
      sql`select ${at.toISOString()}::timestamptz as at, '2026-03-02 01:00'::timestamptz as bare, '☃' as text,
        '\\x00ff'::bytea as bytes, 0.1::float8 + 0.2::float8 as number, 'a\\b' as backslash,
        current_setting('enable_sort') as given`.execute(handle),
    )

    expect(rows).toEqual([
      {
        at,
        bare: new Date('2026-03-02T01:00:00Z'),
        text: '☃',
        bytes: Buffer.of(0, 255),
        number: 0.1 + 0.2,
        backslash: 'a\\b',
        given: 'off',
      },
    ])
    await other.close()
    await odd.drop()
  })

  it.each([
    ['a wrong user', (url: URL) => (url.username = 'nobody-of-that-name'), /user.* DATABASE_URL/],
    ['a database that is not there', (url: URL) => (url.pathname = '/nowhere'), /no database.* DATABASE_URL/],
  ])('says in words that it was given %s', async (_what, change, words) => {
    const wrong = new URL(url.value)
    change(wrong)
    const nobody = openPostgresDatabase({ url: wrong.href })

    await expect(nobody.ping()).rejects.toMatchObject({ code: 'unavailable', cause: { message: words } })
    await nobody.close()
  })

  it.each(['25006', '25P03', '40001', '40P01', '53100', '55P03', '57P03', '58030', 'XX000'])(
    'is unavailable where the server cannot do it now: %s',
    async (code) => {
      const raising = killer.read((handle) =>
        sql.raw(`do $$ begin raise exception 'no' using errcode = '${code}'; end $$`).execute(handle),
      )

      await expect(raising).rejects.toMatchObject({ code: 'unavailable', cause: { code } })
    },
  )

  it.each(['22P02', '22021', '23514', '42P01'])('throws what is not passing as it is: %s', async (code) => {
    const raising = killer.read((handle) =>
      sql.raw(`do $$ begin raise exception 'no' using errcode = '${code}'; end $$`).execute(handle),
    )

    await expect(raising).rejects.toMatchObject({ code })
  })

  it('drops all connections that may have died with the one that is found silent', async () => {
    const { proxy, url: way } = await FaultProxy.before(url.value)
    const other = openPostgresDatabase({ url: way, maxConnections: 3, statementTimeoutMs: 500 })
    const read = () => other.read((handle) => sql`select pg_backend_pid()`.execute(handle))
    await Promise.all([read(), read(), read()])
    proxy.freeze()

    await expect(read()).rejects.toMatchObject({ code: 'unavailable' })

    await read()
    proxy.cut()
    await other.close()
    await proxy.close()
  })

  it('is unavailable where nobody listens', async () => {
    const nobody = openPostgresDatabase({ url: 'postgres://someone:secret@127.0.0.1:1/nothing' })

    await expect(nobody.ping()).rejects.toMatchObject({ code: 'unavailable' })
    await nobody.close()
  })
}
