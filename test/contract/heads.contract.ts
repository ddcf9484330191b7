import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { migrate } from '../../core/schema/migrate.js'
import { ErrorCode } from '../../gen/recado/v1/types.js'
import type { Database } from '../../ports/database/database.js'
import type { Heads, RefusalRecord } from '../../ports/heads/heads.js'
import type { Fresh } from '../support/adapters.js'

const at = '2025-01-03T12:00:00.000Z'

/** What the port `heads` promises. */
export function headsContract(
  name: string,
  make: () => Promise<Fresh<Database>>,
  open: (database: Database) => Heads,
): void {
  describe(`heads: ${name}`, () => {
    let fresh: Fresh<Database>
    let database: Database
    let heads: Heads

    beforeAll(async () => {
      fresh = await make()
      database = fresh.value
      await migrate(database)
      heads = open(database)
    }, 60_000)
    beforeEach(async () => {
      await database.write(async (transaction) => {
        await sql`truncate channels, refusals cascade`.execute(transaction)
        const channel = (id: string) => ({ id, server_id: null, name: id, epoch: `epoch of ${id}` })
        await transaction.insertInto('channels').values(['a', 'b', 'c'].map(channel)).execute()
      })
    })
    afterAll(() => fresh.drop(), 30_000)

    const seqs = async () =>
      [...(await heads.read(['a', 'b', 'c'])).values()].map((h) => [h.channelId, h.seq]).sort()
    const lastMessage = (id: string) =>
      database.read((handle) =>
        handle
          .selectFrom('channels')
          .select(['last_message_id', 'last_message_at'])
          .where('id', '=', id)
          .executeTakeFirstOrThrow(),
      )
    const readStates = () =>
      database.read((handle) =>
        handle
          .selectFrom('read_states')
          .select(['user_id', 'read_seq', 'read_count'])
          .where('channel_id', '=', 'a')
          .orderBy('user_id')
          .execute(),
      )
    const refusal = (id: string, change: Partial<RefusalRecord> = {}): RefusalRecord => ({
      id,
      attempt: 'try 1',
      channelId: 'a',
      code: ErrorCode.ERROR_CODE_PERMISSION_DENIED,
      reason: 'NOT_FOUND',
      message: 'Not a member.',
      ...change,
    })
    const age = (id: string) =>
      database.write((transaction) =>
        sql`update refusals set created_at = now() - interval '25 hours' where id = ${id}`.execute(
          transaction,
        ),
      )

    describe('reading', () => {
      it('gives a new channel the head 0', async () => {
        expect(await heads.read(['a'])).toEqual(
          new Map([['a', { channelId: 'a', epoch: 'epoch of a', seq: 0, count: 0 }]]),
        )
      })

      it('leaves out channels that are not there', async () => {
        expect([...(await heads.read(['nowhere', 'b'])).keys()]).toEqual(['b'])
        expect(await heads.read([])).toEqual(new Map())
      })
    })

    describe('raising', () => {
      it('moves heads, counts and last messages', async () => {
        await heads.raise(
          [
            { channelId: 'a', seq: 7, count: 5, lastMessage: { id: 'm7', at } },
            { channelId: 'b', seq: 2, count: 1 },
          ],
          [],
        )

        const read = await heads.read(['a', 'b', 'c'])
        expect(read.get('a')).toEqual({ channelId: 'a', epoch: 'epoch of a', seq: 7, count: 5 })
        expect(read.get('b')).toMatchObject({ seq: 2, count: 1 })
        expect(read.get('c')).toMatchObject({ seq: 0, count: 0 })
        expect(await lastMessage('a')).toEqual({ last_message_id: 'm7', last_message_at: new Date(at) })
      })

      it.each([6, 7])('changes nothing at or below the head: %i', async (seq) => {
        await heads.raise([{ channelId: 'a', seq: 7, count: 5, lastMessage: { id: 'm7', at } }], [])

        await heads.raise([{ channelId: 'a', seq, count: 9, lastMessage: { id: 'other', at } }], [])

        expect((await heads.read(['a'])).get('a')).toMatchObject({ seq: 7, count: 5 })
        expect(await lastMessage('a')).toMatchObject({ last_message_id: 'm7' })
      })

      it('has those who wrote read up to what they wrote, and nobody less than before', async () => {
        const raise = (seq: number, ...senders: [string, number][]) =>
          heads.raise(
            [
              {
                channelId: 'a',
                seq,
                count: seq,
                senders: senders.map(([userId, own]) => ({ userId, seq: own, count: own })),
              },
            ],
            [],
          )

        await raise(3, ['ana', 2], ['bo', 3])
        await raise(3, ['cem', 3])
        await raise(5, ['ana', 4])
        await raise(6, ['ana', 1])

        expect(await readStates()).toEqual([
          { user_id: 'ana', read_seq: 4, read_count: 4 },
          { user_id: 'bo', read_seq: 3, read_count: 3 },
        ])
      })

      it('keeps the last message where the events that raise hold none', async () => {
        await heads.raise([{ channelId: 'a', seq: 1, count: 1, lastMessage: { id: 'm1', at } }], [])

        await heads.raise([{ channelId: 'a', seq: 2, count: 1 }], [])

        expect(await lastMessage('a')).toEqual({ last_message_id: 'm1', last_message_at: new Date(at) })
      })

      it('passes over channels that are not there', async () => {
        await heads.raise(
          [
            { channelId: 'nowhere', seq: 1, count: 1 },
            { channelId: 'c', seq: 1, count: 1 },
          ],
          [],
        )

        expect(await seqs()).toEqual([
          ['a', 0],
          ['b', 0],
          ['c', 1],
        ])
      })

      it('does nothing when there is nothing to do', async () => {
        await heads.raise([], [])

        expect(await seqs()).toEqual([
          ['a', 0],
          ['b', 0],
          ['c', 0],
        ])
      })

      it('raises and records all or nothing', async () => {
        const bad = { id: 'm', at: 'no time at all' }

        const raising = heads.raise(
          [
            { channelId: 'a', seq: 1, count: 1 },
            { channelId: 'b', seq: 1, count: 1, lastMessage: bad },
          ],
          [refusal('r')],
        )

        await expect(raising).rejects.toThrow()
        expect(await seqs()).toEqual([
          ['a', 0],
          ['b', 0],
          ['c', 0],
        ])
        expect(await heads.refusals([{ id: 'r', attempt: 'try 1' }])).toEqual([])
      })

      it('lets callers with the same channels in any order all finish, and keeps the highest', async () => {
        // So many that each is looked up by its id, in the caller's order, and not found by a walk through all.
        await database.write((transaction) =>
          sql`insert into channels (id, name, epoch) select 'n' || i, '', '' from generate_series(1, 5000) i`.execute(
            transaction,
          ),
        )
        await database.read((handle) => sql`analyze channels`.execute(handle))
        const channels = Array.from({ length: 50 }, (_, i) => `n${i * 99 + 1}`)
        const raise = (seq: number) => {
          const order = seq % 2 ? channels : channels.toReversed()
          return heads.raise(
            order.map((channelId) => ({ channelId, seq, count: seq })),
            [],
          )
        }

        await Promise.all(Array.from({ length: 100 }, (_, i) => raise(i + 1)))

        const read = await heads.read(channels)
        expect(new Set([...read.values()].map((head) => head.seq))).toEqual(new Set([100]))
        expect(read.size).toBe(50)
      })
    })

    describe('refusals', () => {
      it('are found by id and attempt', async () => {
        const others = [
          refusal('r1', { attempt: 'try 2' }),
          refusal('r2', { channelId: 'b', reason: `It's "no".` }),
        ]
        await heads.raise([], [refusal('r1'), ...others])

        const found = await heads.refusals([
          { id: 'r1', attempt: 'try 2' },
          { id: 'r2', attempt: 'try 1' },
          { id: 'r2', attempt: 'try 2' },
          { id: 'unknown', attempt: 'try 1' },
        ])

        expect(found.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(others)
        expect(await heads.refusals([])).toEqual([])
      })

      it('stay as they are when recorded again', async () => {
        await heads.raise([], [refusal('r1')])

        await heads.raise(
          [],
          [refusal('r1', { reason: 'Another one.' }), refusal('r1', { reason: 'A third.' })],
        )

        expect(await heads.refusals([{ id: 'r1', attempt: 'try 1' }])).toEqual([refusal('r1')])
      })

      it('are missing once they are a day old', async () => {
        await heads.raise([], [refusal('old'), refusal('new')])
        await age('old')

        const found = await heads.refusals(['old', 'new'].map((id) => ({ id, attempt: 'try 1' })))

        expect(found).toEqual([refusal('new')])
      })

      it('are forgotten when a day old, not before', async () => {
        await heads.raise([], [refusal('old'), refusal('new')])
        await age('old')

        await heads.forget()

        const left = await database.read((handle) => handle.selectFrom('refusals').select('id').execute())
        expect(left).toEqual([{ id: 'new' }])
      })
    })
  })
}
