import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { historyMigrations } from '../../ports/history/pglite/migrations.js'
import { openPgliteHistory } from '../../ports/history/pglite/pglite-history.js'
import type { Database } from '../../ports/database/database.js'
import { schemaVersion } from '../../ports/database/version.js'
import { runs, type Fresh } from '../support/adapters.js'
import { freshPglite } from '../support/databases.js'

describe.runIf(runs('embedded'))('the embedded stores', () => {
  let fresh: Fresh<Database>
  beforeEach(async () => {
    fresh = await freshPglite()
  })
  afterEach(() => fresh.drop())

  it(
    'take a folder of an older version over, with what is in it, and once',
    { timeout: 60_000 },
    async () => {
      const run = (statement: string) =>
        fresh.value.read((handle) =>
          sql
            .raw(statement)
            .execute(handle)
            .then(() => undefined),
        )
      await run(`create table history_events (
      id text primary key, channel_id text not null, seq int8 not null, count int8 not null, attempt text not null,
      kind text not null, sender_id text not null, content text not null, timestamp timestamptz, server_id text,
      nonce text, reply_to text, unique (channel_id, seq))`)
      await run(`insert into history_events values ('m', 'c', 1, 1, 'a', 'message', 's', 'hello', now())`)

      const histories = await Promise.all([1, 2].map(() => openPgliteHistory(fresh.value)))

      expect(await schemaVersion(fresh.value, 'history_migrations')).toBe(historyMigrations.steps.length)
      const [old] = await histories[0]!.latest('c', 10)
      expect(old?.what?.value).toMatchObject({ content: 'hello', data: undefined, sentAt: undefined })
      const next = { ...old!, id: 'n', seq: 2, count: 2, epoch: 'e' }
      expect(await histories[1]!.append([next])).toEqual({ stored: 'all' })
    },
  )
})
