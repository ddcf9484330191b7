import { expect, it } from 'vitest'
import { isOwnFault } from '../../contract/faults.js'
import { Event } from '../../gen/recado/v1/types.js'
import { openMongoHistory } from '../../ports/history/mongo/mongo-history.js'
import { openPgliteHistory } from '../../ports/history/pglite/pglite-history.js'
import type { History } from '../../ports/history/history.js'
import { freshMongoUrl, runs, type Fresh } from '../support/adapters.js'
import { freshPglite } from '../support/databases.js'
import { historyContract } from './history.contract.js'

if (runs('embedded')) {
  historyContract('pglite', freshPgliteHistory)
  it('history: pglite is unavailable once its database is closed', { timeout: 60_000 }, async () => {
    const database = await freshPglite()
    const history = await openPgliteHistory(database.value)

    await database.value.close()

    await expect(history.append([])).resolves.toEqual({ stored: 'all' })
    await expect(history.latest('channel', 1)).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    await database.drop()
  })
  it('history: pglite blames an event that it cannot hold, and goes on', { timeout: 60_000 }, async () => {
    const database = await freshPglite()
    const history = await openPgliteHistory(database.value)
    const place = { id: 'm', channelId: 'c', seq: 1, count: 1 }
    const event = (content: string) =>
      Event.fromPartial({
        ...place,
        what: { $case: 'message', value: { ...place, content, timestamp: '2026-01-01T00:00:00.000Z' } },
      })

    const fault = await history.append([event('U+0000: \0')]).catch((error: unknown) => error)

    expect(isOwnFault(fault)).toBe(true)
    expect(await history.append([event('well')])).toEqual({ stored: 'all' })
    await database.drop()
  })
  it('history: pglite finds its log again when it is opened again', { timeout: 60_000 }, async () => {
    const database = await freshPglite()
    const first = await openPgliteHistory(database.value)
    await first.append([])

    const second = await openPgliteHistory(database.value)

    expect(await second.latest('channel', 1)).toEqual([])
    await database.drop()
  })
}

if (runs('full', 'MONGODB_URL')) {
  historyContract('mongo', freshMongoHistory)
  it(
    'history: mongo is unavailable where nobody listens, and once it is closed',
    { timeout: 30_000 },
    async () => {
      const history = openMongoHistory({ url: 'mongodb://127.0.0.1:1/nothing' })

      await expect(history.latest('channel', 1)).rejects.toMatchObject({
        code: 'unavailable',
        retryable: true,
      })

      await history.close()
      await expect(history.ping()).rejects.toMatchObject({ code: 'unavailable' })
    },
  )
}

async function freshPgliteHistory(): Promise<Fresh<History>> {
  const database = await freshPglite()
  return { value: await openPgliteHistory(database.value), drop: database.drop }
}

async function freshMongoHistory(): Promise<Fresh<History>> {
  const url = await freshMongoUrl()
  const history = openMongoHistory({ url: url.value })
  return { value: history, drop: () => history.close().then(url.drop) }
}
