import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../../core/schema/migrate.js'
import { migrations } from '../../core/schema/migrations.js'
import type { Database } from '../../ports/database/database.js'
import type { Migration } from '../../ports/database/migrations.js'
import { isSchemaReady, NEEDED_SCHEMA_VERSION, schemaVersion } from '../../ports/database/version.js'
import { runs, type Fresh } from '../support/adapters.js'
import { freshPglite, freshPostgres } from '../support/databases.js'

if (runs('embedded')) schemaTests('pglite', freshPglite)
if (runs('full', 'DATABASE_URL')) {
  schemaTests('postgres', freshPostgres)
  // PGlite has one session, so whoever comes second waits for it in any case; and it has one core.
  waitingTests()
}

type Make = (limits?: { statementTimeoutMs: number }) => Promise<Fresh<Database>>

function schemaTests(name: string, make: Make): void {
  describe(`schema: ${name}`, () => {
    let fresh: Fresh<Database>
    let database: Database

    beforeAll(async () => {
      fresh = await make()
      database = fresh.value
    }, 60_000)
    afterAll(() => fresh.drop(), 30_000)

    it('is not ready before the first migration', async () => {
      expect(await schemaVersion(database)).toBe(0)
      expect(await isSchemaReady(database)).toBe(false)
    })

    it('is migrated once by several at the same time, and is then ready', async () => {
      const applied = await Promise.all([1, 2, 3].map(() => migrate(database)))

      expect(applied.flat().sort((one, other) => one - other)).toEqual(migrations.map((_, i) => i + 1))
      expect(await schemaVersion(database)).toBe(NEEDED_SCHEMA_VERSION)
      expect(await isSchemaReady(database)).toBe(true)
    })

    it('runs only what is pending, each migration as a whole or not at all', async () => {
      const good = migration('good', 'create table good ()')
      const bad = migration('bad', 'create table bad ()', 'selec')

      await expect(migrate(database, { steps: [...migrations, good, bad] })).rejects.toMatchObject({
        code: '42601',
      })

      expect(await schemaVersion(database)).toBe(NEEDED_SCHEMA_VERSION + 1)
      const { rows } = await database.read((handle) =>
        sql`select to_regclass('good') is not null as good, to_regclass('bad') is not null as bad`.execute(
          handle,
        ),
      )
      expect(rows).toEqual([{ good: true, bad: false }])
    })

    it('takes as long as a step takes, outside a transaction where that needs it', async () => {
      const impatient = await make({ statementTimeoutMs: 300 })
      const slow = migration('slow', 'create table slow (id text)', 'select pg_sleep(0.7)')
      const index = migration('index', 'create index concurrently if not exists slow_id on slow (id)')
      const steps = [slow, { ...index, isOutside: true as const }]
      try {
        const applied = await Promise.all([1, 2].map(() => migrate(impatient.value, { steps })))

        expect(applied.flat()).toEqual(expect.arrayContaining([1, 2]))
        expect(await schemaVersion(impatient.value)).toBe(2)
      } finally {
        await impatient.drop()
      }
    }, 60_000)

    it('leaves a newer schema alone, and is ready with it', async () => {
      expect(await migrate(database)).toEqual([])
      expect(await isSchemaReady(database)).toBe(true)
    })

    it('gives servers that were there before roles the roles of new ones, and counts their members', async () => {
      const older = await make()
      const run = (statement: string) => older.value.read((handle) => sql.raw(statement).execute(handle))
      try {
        const steps = migrations.slice(
          0,
          migrations.findIndex(({ name }) => name === 'communities'),
        )
        await migrate(older.value, { steps })
        await run(
          `insert into users (id, username, password_hash) values ('u', 'ana', '-'), ('v', 'bia', '-')`,
        )
        await run(
          `insert into servers (id, name, owner_id, announcement_channel_id) values ('s', 'S', 'u', 'c')`,
        )
        await run(`insert into members (server_id, user_id) values ('s', 'u'), ('s', 'v')`)
        await migrate(older.value)

        const { rows } = await older.value.read((handle) =>
          sql`select server_id, roles.name, position, permissions, everyone_permissions, member_count
            from roles join servers on servers.id = server_id order by position`.execute(handle),
        )
        const common = { server_id: 's', everyone_permissions: 0b10111, member_count: 2 }
        expect(rows).toEqual([
          { ...common, name: 'moderator', position: 1, permissions: 0b100110110111 },
          { ...common, name: 'admin', position: 2, permissions: 0b111111111111 },
        ])
      } finally {
        await older.drop()
      }
    }, 60_000)

    it('takes what belongs to a server or user with it', async () => {
      await database.write(async (t) => {
        const expires_at = new Date('2030-01-01')
        await t.insertInto('users').values({ id: 'u', username: 'ana', password_hash: '-' }).execute()
        await t.insertInto('users').values({ id: 'v', username: 'bia', password_hash: '-' }).execute()
        await t.insertInto('sessions').values({ id: 'x', user_id: 'v', expires_at }).execute()
        await t
          .insertInto('servers')
          .values({ id: 's', name: 'S', owner_id: 'u', announcement_channel_id: 'c' })
          .execute()
        await t
          .insertInto('channels')
          .values({ id: 'c', server_id: 's', name: 'general', epoch: 'e' })
          .execute()
        await t
          .insertInto('members')
          .values(['u', 'v'].map((user_id) => ({ server_id: 's', user_id })))
          .execute()
        await t
          .insertInto('revocations')
          .values({
            kind: 'member_removed',
            server_id: 's',
            user_id: 'v',
            session_id: null,
            channel_id: null,
          })
          .execute()
      })

      await database.write((t) => t.deleteFrom('users').where('id', '=', 'v').execute())
      expect(await counts()).toEqual({ sessions: 0, members: 1, channels: 1, revocations: 1 })

      await database.write((t) => t.deleteFrom('servers').where('id', '=', 's').execute())
      expect(await counts()).toEqual({ sessions: 0, members: 0, channels: 0, revocations: 1 })
    })

    async function counts(): Promise<unknown> {
      const { rows } = await database.read((handle) =>
        sql`select (select count(*) from sessions) as sessions, (select count(*) from members) as members,
          (select count(*) from channels) as channels, (select count(*) from revocations) as revocations`.execute(
          handle,
        ),
      )
      return rows[0]
    }
  })
}

function waitingTests(): void {
  describe('schema: several cores', () => {
    it('is waited for no longer than its core runs', async () => {
      const fresh = await freshPostgres()
      const stop = new AbortController()
      let begin = () => {}
      const begun = new Promise<void>((resolve) => (begin = resolve))
      const endless: Migration = {
        name: 'endless',
        up: () => {
          begin()
          return new Promise((_, reject) =>
            stop.signal.addEventListener('abort', () => reject(new Error('over'))),
          )
        },
      }
      try {
        const first = expect(migrate(fresh.value, { steps: [endless] })).rejects.toThrow('over')
        await begun
        const waiting = migrate(fresh.value, {
          steps: [endless],
          signal: AbortSignal.abort(new Error('stopped')),
        })
        await expect(waiting).rejects.toThrow('stopped')
        stop.abort()
        await first
      } finally {
        await fresh.drop()
      }
    }, 60_000)
  })
}

function migration(name: string, ...statements: string[]): Migration {
  return {
    name,
    async up(handle) {
      for (const statement of statements) await sql.raw(statement).execute(handle)
    },
  }
}
