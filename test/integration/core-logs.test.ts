import { sql } from 'kysely'
import { describe, expect, it, onTestFinished } from 'vitest'
import { forgetRequests, makeOnce } from '../../core/requests/request-ids.js'
import { insertRevocations, listRevocations } from '../../core/revocations/revocation-queries.js'
import { migrate } from '../../core/schema/migrate.js'
import type { Database } from '../../ports/database/database.js'
import { runs, type Fresh } from '../support/adapters.js'
import { freshPglite, freshPostgres } from '../support/databases.js'

async function open(fresh: Promise<Fresh<Database>>): Promise<Database> {
  const { value, drop } = await fresh
  onTestFinished(drop)
  await migrate(value)
  return value
}

const signedOut = (sessionId: string) => [{ $case: 'signedOut' as const, value: { sessionId } }]

describe.runIf(runs('full', 'DATABASE_URL'))('the log of lost rights', () => {
  it('shows no position before a lower one: who adds waits for whoever is adding', async () => {
    const database = await open(freshPostgres())
    const positions = () => database.read((handle) => listRevocations(handle, 0, 10))
    let commit = () => {}
    const committing = new Promise<void>((resolve) => (commit = resolve))
    let added = () => {}
    const adding = new Promise<void>((resolve) => (added = resolve))
    const first = database.write(async (transaction) => {
      await insertRevocations(transaction, signedOut('first'))
      added()
      await committing
    })
    await adding
    const second = database.write((transaction) => insertRevocations(transaction, signedOut('second')))
    const waiting = () =>
      database.read(async (handle) => {
        const query = sql<{ count: number }>`
          select count(*)::int4 as count from pg_locks where locktype = 'advisory' and not granted
          and database = (select oid from pg_database where datname = current_database())`
        return (await query.execute(handle)).rows[0]?.count
      })

    await expect.poll(waiting, { timeout: 10_000 }).toBe(1)
    expect((await positions()).revocations).toEqual([])
    commit()
    await Promise.all([first, second])

    const { revocations } = await positions()
    expect(revocations.map(({ lost }) => lost)).toEqual([...signedOut('first'), ...signedOut('second')])
  })
})

describe.runIf(runs('embedded'))('the names of requests', () => {
  it('are forgotten after a day, the oldest first, and no sooner', { timeout: 30_000 }, async () => {
    const database = await open(freshPglite())
    let made = 0
    const make = (requestId: string) =>
      database.write((transaction) =>
        makeOnce(transaction, { actor: 'ana', requestId, asked: [] }, `made ${++made}`),
      )
    for (const requestId of ['older', 'old', 'young']) await make(requestId)
    await database.read((handle) =>
      sql`update requests set created_at = now() - case request_id
        when 'older' then interval '26 hours' when 'old' then interval '25 hours' else interval '23 hours' end`.execute(
        handle,
      ),
    )

    expect(await database.read((handle) => forgetRequests(handle, 1))).toBe(1)
    expect((await make('old')).isNew).toBe(false)
    expect(await database.read((handle) => forgetRequests(handle, 10))).toBe(1)

    expect((await make('older')).isNew).toBe(true)
    expect((await make('old')).isNew).toBe(true)
    expect((await make('young')).isNew).toBe(false)
  })
})
