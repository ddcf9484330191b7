import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import type { Fresh } from '../support/adapters.js'

/** What the port `database` promises. */
export function databaseContract(name: string, make: () => Promise<Fresh<Database>>): void {
  describe(`database: ${name}`, () => {
    let fresh: Fresh<Database>
    let database: Database

    beforeAll(async () => {
      fresh = await make()
      database = fresh.value
      await database.write((transaction) =>
        sql`create table things (id int8 primary key, label text, at timestamptz, words text[])`.execute(
          transaction,
        ),
      )
    }, 60_000)
    beforeEach(() => database.write((transaction) => sql`delete from things`.execute(transaction)))
    afterAll(() => fresh.drop(), 30_000)

    const add = (id: number, label = 'a') =>
      database.write((transaction) =>
        sql`insert into things (id, label) values (${id}, ${label})`.execute(transaction),
      )
    const labels = async () => {
      const query = sql<{ label: string }>`select label from things order by id`
      const { rows } = await database.read((handle) => query.execute(handle))
      return rows.map((row) => row.label)
    }

    it('reads what a write has committed', async () => {
      await add(1, 'written')

      expect(await labels()).toEqual(['written'])
    })

    it('hands the result of the callback back', async () => {
      expect(await database.read(async () => 'read')).toBe('read')
      expect(await database.write(async () => 'written')).toBe('written')
    })

    it('shows a transaction its own changes', async () => {
      const seen = await database.write(async (transaction) => {
        await sql`insert into things (id, label) values (1, 'own')`.execute(transaction)
        return sql<{ label: string }>`select label from things`.execute(transaction)
      })

      expect(seen.rows).toEqual([{ label: 'own' }])
    })

    it('leaves nothing of a write that rejects, and rejects with the same error', async () => {
      const fault = new Error('changed my mind')

      const writing = database.write(async (transaction) => {
        await sql`insert into things (id, label) values (1, 'gone')`.execute(transaction)
        throw fault
      })

      await expect(writing).rejects.toBe(fault)
      expect(await labels()).toEqual([])
    })

    it('runs transactions as READ COMMITTED', async () => {
      const shown = await database.write((transaction) =>
        sql`show transaction_isolation`.execute(transaction),
      )

      expect(shown.rows).toEqual([{ transaction_isolation: 'read committed' }])
    })

    it('finishes reads and writes that run at once, and loses no update', async () => {
      await add(0, '')
      const increment = () =>
        database.write(async (transaction) => {
          await sql`select id from things for update`.execute(transaction)
          await sql`update things set label = label || 'x'`.execute(transaction)
        })

      await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 ? increment() : labels())))

      expect(await labels()).toEqual(['x'.repeat(50)])
    })

    it('gives counts as numbers, times as dates and arrays as arrays', async () => {
      const at = new Date('2025-01-03T12:00:00.123Z')
      const words = ['a b', 'NULL', '{"x"}', '\\']
      await database.write((transaction) =>
        sql`insert into things values (9007199254740991, null, ${at}, ${words})`.execute(transaction),
      )

      const { rows } = await database.read((handle) =>
        sql`select *, count(*) over () as n from things`.execute(handle),
      )

      expect(rows).toEqual([{ id: 9007199254740991, label: null, at, words, n: 1 }])
    })

    it.each(['Olá, 世界 👩‍👩‍👧‍👦', `'; drop table things; --`, 'a\\b"c\n\t\u0001', '\u202Ertl', '${x} $1 %s'])(
      'keeps the text %j as it is',
      async (text) => {
        await add(1, text)

        expect(await labels()).toEqual([text])
      },
    )

    it('throws a violated key as it is, with code 23505, and goes on', async () => {
      await add(1)

      await expect(add(1)).rejects.toMatchObject({ code: '23505' })
      await add(2)
      expect(await labels()).toEqual(['a', 'a'])
    })

    it('throws other SQL errors as they are', async () => {
      const selecting = database.read((handle) => sql`select nothing from nowhere`.execute(handle))

      await expect(selecting).rejects.toMatchObject({ code: '42P01' })
    })

    it('answers a ping', async () => {
      await database.ping()
    })
  })

  describe(`database: ${name}, closing`, () => {
    it(
      'finishes what was asked for before, refuses what comes later, and closes once',
      { timeout: 60_000 },
      async () => {
        const { value: database, drop } = await make()
        let finished = false
        let begun = () => undefined as void
        const running = new Promise<void>((resolve) => (begun = resolve))
        const writing = database.write(async (transaction) => {
          begun()
          for (let i = 0; i < 20; i++) await sql`select 1`.execute(transaction)
          finished = true
        })
        await running
        const waiting = Array.from({ length: 30 }, () =>
          database.read((handle) => sql`select 1`.execute(handle)),
        )

        const closing = database.close()

        await expect(database.ping()).rejects.toMatchObject({ code: 'unavailable' })
        await expect(database.read(async () => 1)).rejects.toBeInstanceOf(RecadoError)
        await closing
        expect(finished).toBe(true)
        await Promise.all([writing, ...waiting])
        await database.close()
        await drop()
      },
    )
  })
}
