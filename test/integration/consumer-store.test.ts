import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Entry, Ownership } from '../../consumer/pipeline/entry.js'
import { Sequences } from '../../consumer/pipeline/sequences.js'
import { raise } from '../../consumer/pipeline/raise.js'
import { read, type ReadEntry } from '../../consumer/pipeline/read.js'
import { store } from '../../consumer/pipeline/store.js'
import { validate } from '../../consumer/pipeline/validate.js'
import { migrate } from '../../core/schema/migrate.js'
import { Permission } from '../../gen/recado/v1/messages_service.js'
import { ErrorCode, type Event } from '../../gen/recado/v1/types.js'
import { newId } from '../../contract/ids.js'
import { contentOf } from '../../contract/commands.js'
import { encodePayload } from '../../contract/payload.js'
import { createLog } from '../../lib/log.js'
import type { Database } from '../../ports/database/database.js'
import { DatabaseHeads } from '../../ports/heads/database/database-heads.js'
import { openMongoHistory } from '../../ports/history/mongo/mongo-history.js'
import { openPgliteHistory } from '../../ports/history/pglite/pglite-history.js'
import type { History } from '../../ports/history/history.js'
import { openPgliteQueue } from '../../ports/queue/pglite/pglite-queue.js'
import { MemoryRecent } from '../../ports/recent/memory/memory-recent.js'
import type { Queue } from '../../ports/queue/queue.js'
import { freshMongoUrl, runs, type Fresh } from '../support/adapters.js'
import { freshPglite, freshPostgres } from '../support/databases.js'

const histories: [string, () => Promise<{ database: Fresh<Database>; history: History }>][] = []
if (runs('embedded'))
  histories.push([
    'embedded',
    async () => {
      const database = await freshPglite()
      return { database, history: await openPgliteHistory(database.value) }
    },
  ])
if (runs('full', 'DATABASE_URL', 'MONGODB_URL'))
  histories.push([
    'full',
    async () => ({
      database: await freshPostgres(),
      history: openMongoHistory({ url: (await freshMongoUrl()).value }),
    }),
  ])

describe.each(histories)('storing a batch: %s', (_, open) => {
  let database: Fresh<Database>
  let history: History
  let queue: Queue
  const recent = new MemoryRecent()
  let heads: DatabaseHeads

  beforeAll(async () => {
    ;({ database, history } = await open())
    await migrate(database.value)
    heads = new DatabaseHeads(database.value)
    queue = await openPgliteQueue({
      database: database.value,
      partitions: 1,
      log: createLog({ level: 'silent', program: 'test' }),
    })
  })
  afterAll(async () => {
    await queue?.close()
    await history?.close()
    await database?.drop()
  })

  const newChannel = async () => {
    const id = newId()
    const row = { id, server_id: null, name: 'c', epoch: 'e1' }
    await database.value.write((transaction) => transaction.insertInto('channels').values(row).execute())
    return id
  }
  const newOwner = async (): Promise<Ownership> => ({
    sequences: new Sequences(heads, history),
    session: await queue.open(0, new AbortController().signal),
  })
  const storeAll = (entries: ReadEntry[], owner: Ownership) =>
    store(owned(entries, owner), { history, recent })
  const log = async (channelId: string) =>
    (await history.latest(channelId, 1_000)).map(({ seq, count, what }) => [seq, count, textOf(what)])

  it('numbers each channel from 1 without gaps', async () => {
    const [one, two] = [await newChannel(), await newChannel()]
    const owner = await newOwner()

    await storeAll([entry(one, 'a'), entry(two, 'x'), entry(one, 'b')], owner)
    await storeAll([entry(one, 'c')], owner)

    expect(await log(one)).toEqual([
      [1, 1, 'a'],
      [2, 2, 'b'],
      [3, 3, 'c'],
    ])
    expect(await log(two)).toEqual([[1, 1, 'x']])
  })

  it('gives a redelivered batch the seqs of the first time and goes on behind it', async () => {
    const channelId = await newChannel()
    const batch = [entry(channelId, 'a'), entry(channelId, 'b'), entry(channelId, 'c')]
    await storeAll(batch, await newOwner())

    // The owner died before it raised the head: the next one gets the same again, and one more.
    const again = [...batch.map(redelivered), entry(channelId, 'd')]
    const next = await newOwner()
    await storeAll(again, next)
    await storeAll([entry(channelId, 'e')], next)

    expect(again.map(({ event, attempt }) => [event?.seq, event?.attempt === attempt])).toEqual([
      [1, true],
      [2, true],
      [3, true],
      [4, true],
    ])
    expect((await log(channelId)).map(([seq, , content]) => [seq, content])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
      [4, 'd'],
      [5, 'e'],
    ])
  })

  it('finds repeats anywhere in a batch and renumbers what follows', async () => {
    const channelId = await newChannel()
    const owner = await newOwner()
    const [a, b] = [entry(channelId, 'a'), entry(channelId, 'b')]
    await storeAll([a, b], owner)

    const batch = [
      entry(channelId, 'c'),
      retried(b),
      entry(channelId, 'd'),
      retried(a),
      entry(channelId, 'e'),
    ]
    await storeAll(batch, owner)

    expect(batch.map(({ event, attempt }) => [event?.seq, event?.attempt === attempt])).toEqual([
      [3, true],
      [2, false],
      [4, true],
      [1, false],
      [5, true],
    ])
  })

  it('stores twins of one batch once', async () => {
    const channelId = await newChannel()
    const first = entry(channelId, 'a')
    const batch = [first, retried(first), redelivered(first), entry(channelId, 'b')]

    await storeAll(batch, await newOwner())

    expect(batch.map(({ event, attempt }) => [event?.seq, event?.attempt === attempt])).toEqual([
      [1, true],
      [1, false],
      [1, true],
      [2, true],
    ])
    expect(await log(channelId)).toHaveLength(2)
  })

  it('goes on behind another writer while its session is open', async () => {
    const channelId = await newChannel()
    const [old, current] = [await newOwner(), await newOwner()]
    await storeAll([entry(channelId, 'a')], old)
    await storeAll([entry(channelId, 'b')], current)

    const late = [entry(channelId, 'c'), entry(channelId, 'd')]
    await storeAll(late, old)

    expect(late.map(({ event }) => event?.seq)).toEqual([3, 4])
    expect((await log(channelId)).map(([seq]) => seq)).toEqual([1, 2, 3, 4])
  })

  it('writes nothing once its session has ended', async () => {
    const channelId = await newChannel()

    const [ended, open] = [await newOwner(), await newOwner()]
    await ended.session.close()
    const others = await newChannel()
    const batch = [...owned([entry(channelId, 'a')], ended), ...owned([entry(others, 'b')], open)]

    const done = await store(batch, { history, recent })

    expect(done).toBe(true)
    expect(batch.map(({ event }) => event?.seq)).toEqual([undefined, 1])
    expect([await log(channelId), await log(others)]).toEqual([[], [[1, 1, 'b']]])
  })

  it('writes nothing on a verdict that is too old', async () => {
    const channelId = await newChannel()
    const old = { ...entry(channelId, 'a'), validatedAt: performance.now() - 2_500 }

    const done = await store(owned([old], await newOwner()), { history, recent })

    expect(done).toBe(false)
    expect(await log(channelId)).toEqual([])
  })

  it('continues from the head where the log is not further', async () => {
    const channelId = await newChannel()
    await heads.raise([{ channelId, seq: 41, count: 40 }], [])
    const batch = [entry(channelId, 'a')]

    await storeAll(batch, await newOwner())

    expect(batch[0]?.event).toMatchObject({ seq: 42, count: 41 })
  })

  it('refuses what goes to a channel without a row', async () => {
    const batch = [entry(newId(), 'a')]

    await storeAll(batch, await newOwner())

    expect(batch[0]).toMatchObject({ refusal: { code: ErrorCode.ERROR_CODE_NOT_FOUND } })
    expect(batch[0]?.event).toBeUndefined()
  })

  it.each([
    ['no verdict', []],
    ['a verdict that it does not know', [{ outcome: undefined }]],
  ])('holds what core answers with %s: it is neither stored nor done with', async (_case, verdicts) => {
    const channelId = await newChannel()
    const undecided = entry(channelId, 'a')
    delete undecided.permission
    delete undecided.validatedAt
    const batch = owned([undecided], await newOwner())

    const validating = validate(batch, { submit: () => Promise.resolve(verdicts) })

    await expect(validating).rejects.toMatchObject({ code: 'unavailable' })
    expect(await log(channelId)).toEqual([])
  })

  it('takes what is stored for a repeat, whatever validation says now', async () => {
    const channelId = await newChannel()
    const first = entry(channelId, 'a')
    await storeAll([first], await newOwner())
    const batch = owned([retried(first), entry(channelId, 'b')], await newOwner())
    for (const each of batch) delete each.validatedAt
    const refuseAll = () => ({
      outcome: {
        $case: 'refusal' as const,
        value: { code: ErrorCode.ERROR_CODE_NOT_FOUND, reason: 'NOT_FOUND', message: 'gone' },
      },
    })

    await validate(batch, { submit: (asked) => Promise.resolve(asked.map(refuseAll)) })
    await store(batch, { history, recent })

    expect(batch[0]?.event?.seq).toBe(1)
    expect(batch[1]?.event).toBeUndefined()
    await raise(batch, heads)
    expect((await heads.read([channelId])).get(channelId)?.seq).toBe(1)
    const [kept] = batch.slice(1)
    expect(await heads.refusals([{ id: kept?.id ?? '', attempt: kept?.attempt ?? '' }])).toMatchObject([
      { message: 'gone' },
    ])
  })
})

let tags = 0

function entry(channelId: string, content: string, attempt = newId()): ReadEntry {
  const body = encodePayload({
    senderId: 'ana',
    channelId,
    command: { $case: 'message', value: content },
    timestamp: '2026-01-01T00:00:00.000Z',
    nonce: `nonce of ${content}`,
    replyTo: undefined,
    data: undefined,
    sentAt: undefined,
    sessionId: undefined,
    attempt,
    origin: 'gateway',
    moderated: true,
    traceparent: '',
  })
  const delivery = { body, messageId: undefined, tag: ++tags }
  return { ...read(delivery), permission: Permission.fromPartial({}), validatedAt: performance.now() }
}

function textOf(what: Event['what']): string | undefined {
  return what?.$case === 'message' ? what.value.content : undefined
}

/** The same delivery once more. */
function redelivered({ payload, attempt }: ReadEntry): ReadEntry {
  return entry(payload.channelId, contentOf(payload.command), attempt)
}

/** The sender's next try. */
function retried({ payload }: ReadEntry): ReadEntry {
  return entry(payload.channelId, contentOf(payload.command))
}

function owned(entries: readonly ReadEntry[], owner: Ownership): Entry[] {
  return entries.map((each) => Object.assign(each, { owner }))
}
