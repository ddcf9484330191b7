import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Event } from '../../gen/recado/v1/types.js'
import { RECENT_EVENTS, type Recent } from '../../ports/recent/recent.js'
import type { Fresh } from '../support/adapters.js'

/** Proves that an adapter keeps what `ports/recent/recent.ts` promises. Each `make` gives an empty one. */
export function recentContract(name: string, make: () => Promise<Fresh<Recent>>): void {
  describe(`recent: ${name}`, () => {
    let made: Fresh<Recent>
    let recent: Recent

    beforeEach(async () => {
      made = await make()
      recent = made.value
    })

    afterEach(() => made.drop())

    const append = (first: number, last: number, epoch = 'e1', channelId = 'c1') =>
      recent.append([{ channelId, epoch, events: eventsOf(first, last, channelId) }])
    const seqs = async (first: number, last: number, epoch = 'e1', channelId = 'c1') =>
      (await recent.read(channelId, epoch, first, last))?.map(({ seq }) => seq)

    it('returns events as they were appended', async () => {
      const events = eventsOf(1, 3)

      await recent.append([{ channelId: 'c1', epoch: 'e1', events }])

      expect(await recent.read('c1', 'e1', 1, 3)).toEqual(events)
    })

    it('reads a range within what it holds', async () => {
      await append(5, 20)

      expect(await seqs(7, 9)).toEqual([7, 8, 9])
      expect(await seqs(5, 5)).toEqual([5])
      expect(await seqs(20, 20)).toEqual([20])
    })

    it('has nothing of a channel that it does not know', async () => {
      expect(await seqs(1, 1)).toBeUndefined()
    })

    it('reads nothing where it does not hold every event asked for', async () => {
      await append(5, 20)

      expect(await seqs(4, 6)).toBeUndefined()
      expect(await seqs(19, 21)).toBeUndefined()
      expect(await seqs(1, 3)).toBeUndefined()
      expect(await seqs(30, 31)).toBeUndefined()
    })

    it('goes on where the copy ends', async () => {
      await append(1, 10)

      await append(11, 15)

      expect(await seqs(1, 15)).toEqual(range(1, 15))
    })

    it('leaves out what it has already', async () => {
      await append(1, 10)
      const again = eventsOf(8, 12).map((event) => ({ ...event, attempt: 'second' }))

      await recent.append([{ channelId: 'c1', epoch: 'e1', events: again }])
      await append(3, 5)
      await append(13, 13)

      const held = await recent.read('c1', 'e1', 1, 13)
      expect(held?.map(({ attempt }) => attempt)).toEqual([
        ...Array(10).fill('first'),
        'second',
        'second',
        'first',
      ])
    })

    it('begins anew behind a gap', async () => {
      await append(1, 10)

      await append(12, 14)

      expect(await seqs(12, 14)).toEqual([12, 13, 14])
      expect(await seqs(10, 10)).toBeUndefined()
    })

    it('begins anew under another epoch, whatever the seqs', async () => {
      await append(1, 10)

      await append(3, 4, 'e2')

      expect(await seqs(3, 4, 'e2')).toEqual([3, 4])
      expect(await seqs(3, 4, 'e1')).toBeUndefined()
      expect(await seqs(5, 5, 'e2')).toBeUndefined()
    })

    it('keeps the latest 500 events', async () => {
      await append(1, 400)
      await append(401, 600)

      expect(await seqs(101, 600)).toEqual(range(101, 600))
      expect(await seqs(100, 600)).toBeUndefined()
      expect(await seqs(100, 100)).toBeUndefined()
    })

    it('keeps the latest 500 of a longer run, whether it goes on or begins', async () => {
      await append(1, 10)
      await append(11, 1_300)
      await append(1, 1_200, 'e1', 'c2')

      expect(await seqs(801, 1_300)).toEqual(range(801, 1_300))
      expect(await seqs(800, 801)).toBeUndefined()
      expect(await seqs(701, 1_200, 'e1', 'c2')).toEqual(range(701, 1_200))
      expect(await seqs(700, 701, 'e1', 'c2')).toBeUndefined()
    })

    it('takes several runs at once, also of one channel, and keeps channels apart', async () => {
      await recent.append([
        { channelId: 'c1', epoch: 'e1', events: eventsOf(1, 2) },
        { channelId: 'c2', epoch: 'x', events: eventsOf(7, 8, 'c2') },
        { channelId: 'c1', epoch: 'e1', events: eventsOf(3, 4) },
        { channelId: 'c3', epoch: 'x', events: [] },
      ])

      expect(await seqs(1, 4)).toEqual([1, 2, 3, 4])
      expect(await seqs(7, 8, 'x', 'c2')).toEqual([7, 8])
      expect(await seqs(1, 1, 'x', 'c3')).toBeUndefined()
    })

    it('stays right when two write at once', async () => {
      const runs = range(1, 50).map((first) => append(first, first + 10))

      await Promise.all([...runs, ...range(1, 50).map((first) => append(first, first))])

      expect(await seqs(1, 60)).toEqual(range(1, 60))
    })

    it('keeps odd texts, ids and numbers', async () => {
      const channelId = 'é {}:* \n\u0000'
      const seq = 2 ** 40
      const [odd] = eventsOf(seq, seq, channelId)

      await recent.append([{ channelId, epoch: 'ü:\n', events: [odd!] }])

      expect(await recent.read(channelId, 'ü:\n', seq, seq)).toEqual([odd])
      expect(RECENT_EVENTS).toBe(500)
    })

    it('forgets channels, and leaves the others', async () => {
      for (const channelId of ['c1', 'c2', 'c3']) await append(1, 3, 'e1', channelId)

      await recent.forget(['c1', 'c3', 'nowhere'])
      await recent.forget([])

      expect(await seqs(1, 3, 'e1', 'c1')).toBeUndefined()
      expect(await seqs(1, 3, 'e1', 'c2')).toEqual([1, 2, 3])
      expect(await seqs(1, 3, 'e1', 'c3')).toBeUndefined()
      await append(7, 8)
      expect(await seqs(7, 8)).toEqual([7, 8])
    })

    it('answers a ping, and closes twice', async () => {
      await recent.ping()

      await recent.close()
      await recent.close()
    })
  })
}

/** The events first..last of a channel, each a message. */
export function eventsOf(first: number, last: number, channelId = 'c1'): Event[] {
  return range(first, last).map((seq) =>
    Event.fromPartial({
      id: `id-${seq}`,
      channelId,
      seq,
      count: seq,
      attempt: 'first',
      epoch: 'e1',
      what: {
        $case: 'message',
        value: {
          id: `id-${seq}`,
          channelId,
          serverId: 's1',
          senderId: 'u1',
          content: `Olá, mundo! 🎉 \u0000 ${seq}`,
          timestamp: '2026-01-03T12:00:00.123Z',
          seq,
          count: seq,
          nonce: `nonce-${seq}`,
          replyTo: 'id-0',
        },
      },
    }),
  )
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
