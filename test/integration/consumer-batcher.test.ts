import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Batcher } from '../../consumer/intake/batcher.js'
import type { Entry, Ownership } from '../../consumer/pipeline/entry.js'
import { Sequences } from '../../consumer/pipeline/sequences.js'
import { read } from '../../consumer/pipeline/read.js'
import { newId } from '../../contract/ids.js'
import { contentOf } from '../../contract/commands.js'
import { encodePayload } from '../../contract/payload.js'
import { createLog } from '../../lib/log.js'
import type { Database } from '../../ports/database/database.js'
import { DatabaseHeads } from '../../ports/heads/database/database-heads.js'
import { openPgliteHistory } from '../../ports/history/pglite/pglite-history.js'
import type { History } from '../../ports/history/history.js'
import { openPgliteQueue } from '../../ports/queue/pglite/pglite-queue.js'
import type { Queue } from '../../ports/queue/queue.js'
import type { Fresh } from '../support/adapters.js'
import { freshPglite } from '../support/databases.js'

const log = createLog({ level: 'silent', program: 'test' })

describe('one batch of all partitions', () => {
  let database: Fresh<Database>
  let history: History
  let queue: Queue
  /** The contents of each batch, in the order in which they were begun. */
  let batches: string[][]
  /** Ends the batch that runs now, well or not. */
  let end: (error?: Error) => void

  beforeAll(async () => {
    database = await freshPglite()
    history = await openPgliteHistory(database.value)
  })
  afterAll(async () => {
    await history?.close()
    await database?.drop()
  })
  beforeEach(async () => {
    queue = await openPgliteQueue({ database: database.value, partitions: 3, log })
    batches = []
  })
  afterEach(() => queue.close())

  const newBatcher = () =>
    new Batcher((entries) => {
      batches.push(entries.map(({ payload }) => contentOf(payload.command)))
      return new Promise((resolve, reject) => {
        end = (error) => (error ? reject(error) : resolve())
      })
    })
  const owned = async (partition: number): Promise<Ownership> => ({
    sequences: new Sequences(new DatabaseHeads(database.value), history),
    session: await queue.open(partition, new AbortController().signal),
  })
  const untilBegun = (count: number) => expect.poll(() => batches.length).toBe(count)

  it('is what came while the last one was being written', async () => {
    const batcher = newBatcher()
    const [one, two, three] = [await owned(0), await owned(1), await owned(2)]
    const first = batcher.submit(entries(one, 'a', 'b'))
    await untilBegun(1)
    const later = [batcher.submit(entries(two, 'c')), batcher.submit(entries(three, 'd', 'e'))]

    end()
    await first
    await untilBegun(2)
    end()
    await Promise.all(later)

    expect(batches).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ])
  })

  it('takes along what partitions hand in at the same moment', async () => {
    const batcher = newBatcher()

    const [one, two] = [await owned(0), await owned(1)]

    const all = [batcher.submit(entries(one, 'a')), batcher.submit(entries(two, 'b'))]
    await untilBegun(1)
    end()
    await Promise.all(all)

    expect(batches).toEqual([['a', 'b']])
  })

  it('holds a thousand entries, and the rest goes in the next', async () => {
    const batcher = newBatcher()
    const texts = Array.from({ length: 600 }, (_, index) => `${index}`)
    const owners = [await owned(0), await owned(1)]
    const all = owners.map((owner) => batcher.submit(entries(owner, ...texts)))

    await untilBegun(1)
    end()
    await untilBegun(2)
    end()
    await Promise.all(all)

    expect(batches.map(({ length }) => length)).toEqual([600, 600])
  })

  it('holds 8 MiB, and the rest goes in the next; a share that is larger goes alone', async () => {
    const batcher = newBatcher()
    const share = async (partition: number, mebibytes: number) =>
      entries(await owned(partition), `${mebibytes}`).map((entry) => ({
        ...entry,
        delivery: { ...entry.delivery, body: Buffer.alloc(mebibytes * 1024 * 1024) },
      }))
    const all = [await share(0, 9), await share(1, 5), await share(2, 4)].map((each) => batcher.submit(each))

    for (const count of [1, 2, 3]) {
      await untilBegun(count)
      end()
    }
    await Promise.all(all)

    expect(batches).toEqual([['9'], ['5'], ['4']])
  })

  it('fails for everybody who is in it, and the next goes on', async () => {
    const batcher = newBatcher()
    const [one, two] = [await owned(0), await owned(1)]
    const failing = [batcher.submit(entries(one, 'a')), batcher.submit(entries(two, 'b'))]
    const outcomes = Promise.allSettled(failing)
    await untilBegun(1)
    const next = batcher.submit(entries(one, 'c'))

    end(new Error('no room'))
    await untilBegun(2)
    end()

    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(next).resolves.toBeUndefined()
  })

  it('is over for a partition whose session has ended, and done for the others', async () => {
    const batcher = newBatcher()
    const [one, two] = [await owned(0), await owned(1)]
    const lost = batcher.submit(entries(one, 'a'))
    const kept = batcher.submit(entries(two, 'b'))
    const refused = expect(lost).rejects.toMatchObject({ code: 'unavailable' })
    await untilBegun(1)

    await one.session.close()
    end()

    await refused
    await expect(kept).resolves.toBeUndefined()
  })
})

let tags = 0

function entries(owner: Ownership, ...contents: string[]): Entry[] {
  return contents.map((message) => {
    const body = encodePayload({
      senderId: 'ana',
      channelId: 'channel',
      command: { $case: 'message', value: message },
      timestamp: '2026-01-01T00:00:00.000Z',
      nonce: undefined,
      replyTo: undefined,
      data: undefined,
      sentAt: undefined,
      sessionId: undefined,
      attempt: newId(),
      origin: '',
      moderated: false,
      traceparent: '',
    })
    return { ...read({ body, messageId: undefined, tag: ++tags }), owner }
  })
}
