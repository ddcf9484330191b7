import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fold, toState, toTombstone, type MessageState } from '../../contract/folding.js'
import type { Event, Message } from '../../gen/recado/v1/types.js'
import type { History } from '../../ports/history/history.js'
import { freshName, type Fresh } from '../support/adapters.js'

const everything = Number.MAX_SAFE_INTEGER

const oddTexts = [
  ['emoji and scripts', '👩‍👩‍👧‍👦 Olá, 世界'],
  ['SQL', `'); drop table history_events; --`],
  ['JSON', '{"$where": "1"}'],
  ['operators', '$set a.b $$'],
  ['an array', 'a\\"b,{NULL}\n\t\r'],
  ['null', 'NULL'],
  ['control characters', '\u0001\u007F\u200F\uFFFD\uFEFF'],
  ['a blank', ' '],
  ['4,000 code points', '🙂'.repeat(4_000)],
] as const

/** A message's event, `seq` in `channelId`; its count is its seq. */
function event(channelId: string, seq: number, change: Partial<Message> = {}): Event {
  const message: Message = {
    id: `${channelId}/${seq}`,
    channelId,
    senderId: 'ana',
    content: `text ${seq}`,
    timestamp: '2025-01-03T12:00:00.123Z',
    seq,
    count: seq,
    mentions: [],
    mentionsEveryone: false,
    reactions: [],
    isFinal: false,
    ...change,
  }
  return {
    id: message.id,
    channelId,
    seq,
    count: message.count,
    attempt: `try ${seq}`,
    epoch: 'epoch 1',
    what: { $case: 'message', value: message },
  }
}

function events(channelId: string, first: number, last: number): Event[] {
  return Array.from({ length: last - first + 1 }, (_, i) => event(channelId, first + i))
}

const later = '2025-01-03T12:00:05.000Z'

/** An event that changes the message at `of`; the channel's count stays. */
function change(channelId: string, seq: number, what: Event['what']): Event {
  return { ...event(channelId, seq), id: `${channelId}/${seq}`, count: 1, what }
}

function edit(channelId: string, seq: number, { message }: MessageState, text: string): Event {
  const value = { ...message, content: text, data: undefined, mentions: ['bo'], editedAt: later }
  return change(channelId, seq, { $case: 'messageUpdated', value })
}

function react(channelId: string, seq: number, userId: string, emoji: string, isTaken = false): Event {
  const value = { id: `${channelId}/1`, userId, emoji, changedAt: later }
  return change(channelId, seq, { $case: isTaken ? 'reactionRemoved' : 'reactionAdded', value })
}

function deletion(channelId: string, seq: number): Event {
  const value = { id: `${channelId}/1`, userId: 'mo', deletedAt: later }
  return change(channelId, seq, { $case: 'messageDeleted', value })
}

/** A message, and what its changes make of it, one after another. */
function course(
  channelId: string,
  changes: ((state: MessageState) => Event)[],
  first: Partial<Message> = {},
) {
  const message = event(channelId, 1, first)
  const events = [message]
  const states = [toState(message.what?.value as Message)]
  for (const make of changes) {
    const next = make(states.at(-1)!)
    events.push(next)
    states.push(fold(states.at(-1)!, next))
  }
  return { events, states, last: states.at(-1)! }
}

/** What the port `history` promises. */
export function historyContract(name: string, make: () => Promise<Fresh<History>>): void {
  describe(`history: ${name}`, () => {
    let fresh: Fresh<History>
    let history: History

    beforeAll(async () => {
      fresh = await make()
      history = fresh.value
    }, 60_000)
    afterAll(() => fresh.drop(), 30_000)

    const log = (channelId: string) =>
      history.events({ channelId, since: 0, upTo: everything, limit: 10_000 })
    const seqs = async (channelId: string) => (await log(channelId)).map((each) => each.seq)
    const page = (channelId: string, after: number, upTo: number, limit: number, pick: 'oldest' | 'newest') =>
      history
        .messages({ channelId, after, upTo, limit, pick })
        .then((messages) => messages.map((message) => message.seq))

    describe('append', () => {
      it('stores events that read back as they were, with and without what is optional', async () => {
        const channel = freshName()
        const full = event(channel, 1, { serverId: 'server', nonce: 'n-1', replyTo: 'another' })
        const bare = event(channel, 2)

        expect(await history.append([full, bare])).toEqual({ stored: 'all' })

        expect(await log(channel)).toEqual([full, bare])
      })

      it('stores nothing when there is nothing', async () => {
        expect(await history.append([])).toEqual({ stored: 'all' })
      })

      it('stores a large batch of several channels', async () => {
        const [a, b] = [freshName(), freshName()]
        const batch = events(a, 1, 500).flatMap((each, i) => [each, event(b, i + 1)])

        expect(await history.append(batch)).toEqual({ stored: 'all' })

        expect(await log(a)).toEqual(events(a, 1, 500))
        expect(await log(b)).toEqual(events(b, 1, 500))
      })

      it.each([0, 1, 3])('stops at an id that is there already, at place %i of 4', async (place) => {
        const [channel, elsewhere] = [freshName(), freshName()]
        const batch = events(channel, 1, 4)
        await history.append([event(elsewhere, 9, { id: batch[place]!.id })])

        expect(await history.append(batch)).toEqual({ stored: 'some', refusedIndex: place })

        expect(await log(channel)).toEqual(batch.slice(0, place))
      })

      it.each([0, 1, 3])('stops at a seq that is taken in its channel, at place %i of 4', async (place) => {
        const channel = freshName()
        const taken = event(channel, place + 1, { id: freshName() })
        await history.append([taken])

        const result = await history.append(events(channel, 1, 4))

        expect(result).toEqual({ stored: 'some', refusedIndex: place })
        expect(await log(channel)).toEqual([...events(channel, 1, place), taken])
      })

      it('stops at the first of several refusals, and stores nothing behind it', async () => {
        const channel = freshName()
        await history.append([event(channel, 2), event(channel, 4)])

        expect(await history.append(events(channel, 1, 5))).toEqual({ stored: 'some', refusedIndex: 1 })

        expect(await seqs(channel)).toEqual([1, 2, 4])
      })

      it('stores nothing behind a refusal, also in a long batch', async () => {
        const channel = freshName()
        await history.append([event(channel, 76)])

        expect(await history.append(events(channel, 1, 250))).toEqual({ stored: 'some', refusedIndex: 75 })

        expect(await seqs(channel)).toEqual(Array.from({ length: 76 }, (_, index) => index + 1))
      })

      it('stops anywhere in a long batch', async () => {
        const channel = freshName()
        await history.append([event(channel, 231)])

        expect(await history.append(events(channel, 1, 250))).toEqual({ stored: 'some', refusedIndex: 230 })

        expect(await seqs(channel)).toEqual(Array.from({ length: 231 }, (_, index) => index + 1))
      })

      it('stops at an event that comes twice in one batch', async () => {
        const channel = freshName()
        const same = event(channel, 1)

        expect(await history.append([same, event(channel, 2), same, event(channel, 3)])).toEqual({
          stored: 'some',
          refusedIndex: 2,
        })
        expect(await history.append([event(channel, 3), event(channel, 4, { id: `${channel}/3` })])).toEqual({
          stored: 'some',
          refusedIndex: 1,
        })

        expect(await seqs(channel)).toEqual([1, 2, 3])
      })

      it('refuses a repeat, then stores what follows it', async () => {
        const channel = freshName()
        await history.append(events(channel, 1, 2))

        expect(await history.append(events(channel, 1, 3))).toEqual({ stored: 'some', refusedIndex: 0 })
        expect(await history.append(events(channel, 3, 3))).toEqual({ stored: 'all' })

        expect(await log(channel)).toEqual(events(channel, 1, 3))
      })

      it('gives each seq to one of the writers that want it at once, in an unbroken first part', async () => {
        const channel = freshName()
        const batch = (writer: number) =>
          Array.from({ length: 20 }, (_, i) => event(channel, i + 1, { id: `${channel}/${writer}/${i}` }))

        const results = await Promise.all([1, 2, 3, 4].map((writer) => history.append(batch(writer))))

        const stored = results.map((result) => (result.stored === 'all' ? 20 : result.refusedIndex))
        const counted = (await log(channel)).length
        expect(stored.reduce((sum, each) => sum + each)).toBe(counted)
        expect(await seqs(channel)).toEqual(Array.from({ length: counted }, (_, i) => i + 1))
      })

      it.each(oddTexts)('keeps text that looks like %s as it is', async (_name, content) => {
        const channel = freshName()
        const odd = event(channel, 1, {
          content,
          senderId: content.slice(0, 64),
          nonce: content.slice(0, 64),
        })

        await history.append([odd])

        expect(await log(channel)).toEqual([odd])
      })

      it('takes any text for a channel id', async () => {
        const channel = `${freshName()} $a.b {"$gt": ""} 'é'`

        await history.append(events(channel, 1, 2))

        expect(await seqs(channel)).toEqual([1, 2])
        expect(await history.endsPast([{ channelId: channel, seq: 1 }])).toEqual(
          new Map([[channel, { seq: 2, count: 2 }]]),
        )
      })
    })

    const key = (channelId: string, id: string) => ({ channelId, id })

    describe('changes', () => {
      const stateOf = async (channelId: string) =>
        (await history.states([key(channelId, `${channelId}/1`)]))[0]
      const everyKind = (channelId: string) =>
        course(
          channelId,
          [
            (state) => edit(channelId, 2, state, 'two'),
            () => react(channelId, 3, 'bo', '👍'),
            () => react(channelId, 4, 'cy', '👍'),
            () => react(channelId, 5, 'bo', ':x:'),
            () => react(channelId, 6, 'bo', '👍', true),
            (state) => edit(channelId, 7, state, 'three'),
          ],
          { data: '{"a":1}', mentions: ['ana'], mentionsEveryone: true },
        )

      it('read back as they were, and count among the events of the channel', async () => {
        const channel = freshName()
        const { events: all } = everyKind(channel)
        const gone = deletion(channel, 8)

        expect(await history.append([...all, gone])).toEqual({ stored: 'all' })

        expect(await log(channel)).toEqual([...all, gone])
        expect(await history.latest(channel, 2)).toEqual([all[6], gone])
        expect(await history.endsPast([{ channelId: channel, seq: 1 }])).toEqual(
          new Map([[channel, { seq: 8, count: 1 }]]),
        )
        expect(await page(channel, 0, everything, 10, 'oldest')).toEqual([1])
      })

      it('stand in the message once they are applied, in pages and states', async () => {
        const channel = freshName()
        const { events: all, states, last } = everyKind(channel)
        await history.append(all)
        expect(await stateOf(channel)).toEqual(states[0])

        await history.apply([last])

        expect(await stateOf(channel)).toEqual(last)
        expect(last.message.reactions).toEqual([
          { emoji: '👍', userIds: ['cy'] },
          { emoji: ':x:', userIds: ['bo'] },
        ])
        const [message] = await history.messages({
          channelId: channel,
          after: 0,
          upTo: everything,
          limit: 1,
          pick: 'newest',
        })
        expect(message).toEqual(last.message)
        const value = { ...last.message, reactions: [] }
        const now = { ...all[0]!, what: { $case: 'message' as const, value } }
        expect(await log(channel)).toEqual([now, ...all.slice(1)])
        expect(await history.find([key(channel, `${channel}/1`)])).toEqual([now])
      })

      it('change nothing that is as far already, and may be applied again, in any order', async () => {
        const channel = freshName()
        const { events: all, states } = everyKind(channel)
        await history.append(all)

        for (const state of [states[4]!, states[2]!, states[4]!, states[0]!]) await history.apply([state])

        expect(await stateOf(channel)).toEqual(states[4])
        await history.apply([states[6]!])
        expect(await stateOf(channel)).toEqual(states[6])
      })

      it('of many messages are applied together', async () => {
        const channels = Array.from({ length: 200 }, () => freshName())
        const courses = channels.map((channel) => everyKind(channel))
        await history.append(courses.flatMap((each) => each.events))

        await history.apply(courses.map(({ last }) => last))
        await history.apply([])

        expect(await Promise.all(channels.map(stateOf))).toEqual(courses.map(({ last }) => last))
      })

      it('leave no text, data or mention of a deleted message anywhere', async () => {
        const channel = freshName()
        const { events: all, last } = everyKind(channel)
        const gone = deletion(channel, 8)
        const other = event(channel, 9)
        await history.append([...all, gone, other])
        const deleted = fold(last, gone)

        await history.apply([last])
        await history.apply([deleted])
        await history.apply([last])
        await history.apply([deleted])

        expect(await stateOf(channel)).toEqual(deleted)
        const tombstone = toTombstone(last.message, later)
        expect(deleted.message).toEqual(tombstone)
        const read = await log(channel)
        expect(JSON.stringify(read)).not.toMatch(/two|three|text 1|\{\\"a|mentions":\["|Everyone":true/)
        expect(read.map(({ what }) => what?.$case)).toEqual(
          [...all, gone, other].map(({ what }) => what?.$case),
        )
        expect(read[1]?.what?.value).toEqual(tombstone)
        expect(read[6]?.what?.value).toEqual(tombstone)
        expect(read[7]).toEqual(gone)
        expect(read[8]).toEqual(other)
      })

      it('of a message elsewhere leave it alone', async () => {
        const [channel, other] = [freshName(), freshName()]
        const { events: all, last } = everyKind(channel)
        await history.append(all)

        expect(await history.states([key(other, `${channel}/1`), key(channel, `${channel}/2`)])).toEqual([])
        await history.apply([{ ...last, message: { ...last.message, channelId: other } }])

        expect((await stateOf(channel))?.changedSeq).toBe(1)
      })
    })

    describe('traces', () => {
      const trace = (channelId: string, id: string): Event => ({
        ...change(channelId, 3, undefined),
        id,
        attempt: '',
      })

      it('are found by their ids, refuse a repeat, and take no place in the sequence', async () => {
        const channel = freshName()
        const batch = [event(channel, 1), trace(channel, `${channel}/t`), event(channel, 2)]

        expect(await history.append(batch)).toEqual({ stored: 'all' })
        expect(await history.append([trace(channel, `${channel}/u`), event(channel, 3)])).toEqual({
          stored: 'all',
        })
        expect(await history.append([event(channel, 4), trace(channel, `${channel}/t`)])).toEqual({
          stored: 'some',
          refusedIndex: 1,
        })

        expect(await history.find([key(channel, `${channel}/t`)])).toEqual([trace(channel, `${channel}/t`)])
        expect(await seqs(channel)).toEqual([1, 2, 3, 4])
        expect((await history.latest(channel, 10)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
        expect(await history.endsPast([{ channelId: channel, seq: 0 }])).toEqual(
          new Map([[channel, { seq: 4, count: 4 }]]),
        )
      })

      it('go with their channel', async () => {
        const channel = freshName()
        await history.append([event(channel, 1), trace(channel, `${channel}/t`)])

        expect(await history.forget(channel, 10)).toBe(2)
        expect(await history.find([key(channel, `${channel}/t`)])).toEqual([])
      })
    })

    describe('find', () => {
      it('gives those events that are there, of any channels', async () => {
        const [channel, other] = [freshName(), freshName()]
        await history.append([...events(channel, 1, 3), ...events(other, 1, 2)])

        const found = await history.find([
          key(channel, `${channel}/3`),
          key(channel, 'unknown'),
          key(other, `${other}/2`),
          key(channel, `${channel}/1`),
          key(channel, `${other}/1`),
        ])

        const bySeq = found.sort((a, b) => a.seq - b.seq)
        expect(bySeq).toEqual([event(channel, 1), event(other, 2), event(channel, 3)])
        expect(await history.find([])).toEqual([])
      })

      it('takes a thousand, of one channel or each of its own', async () => {
        const channel = freshName()
        await history.append(events(channel, 1, 3))
        const here = Array.from({ length: 1_000 }, (_, i) => key(channel, `${channel}/${i + 2}`))
        const anywhere = here.map(({ id }, i) => key(i === 0 ? channel : `${channel}-${i}`, id))

        expect((await history.find(here)).map((each) => each.seq).sort()).toEqual([2, 3])
        expect((await history.find(anywhere)).map((each) => each.seq)).toEqual([2])
      })
    })

    describe('endsPast', () => {
      it('gives seq and count of the latest event of each log that goes further', async () => {
        const [empty, further, one, even] = [freshName(), freshName(), freshName(), freshName()]
        await history.append([...events(further, 1, 3), event(further, 4, { count: 3 })])
        await history.append([event(one, 1), ...events(even, 1, 2)])

        const ends = await history.endsPast([
          { channelId: empty, seq: 0 },
          { channelId: further, seq: 1 },
          { channelId: one, seq: 0 },
          { channelId: even, seq: 2 },
        ])

        expect(ends).toEqual(
          new Map([
            [further, { seq: 4, count: 3 }],
            [one, { seq: 1, count: 1 }],
          ]),
        )
      })

      it('takes a thousand places, and none', async () => {
        const channel = freshName()
        await history.append([event(channel, 1)])
        const places = Array.from({ length: 999 }, (_, index) => ({
          channelId: `${channel}-${index}`,
          seq: 5,
        }))

        const ends = await history.endsPast([...places, { channelId: channel, seq: 0 }])

        expect([...ends.keys()]).toEqual([channel])
        expect(await history.endsPast([])).toEqual(new Map())
      })
    })

    describe('forget', () => {
      it('removes the oldest events of a channel, so many at a time, and tells how many', async () => {
        const [channel, other] = [freshName(), freshName()]
        await history.append([...events(channel, 1, 25), ...events(other, 1, 3)])

        expect(await history.forget(channel, 10)).toBe(10)
        expect(await seqs(channel)).toEqual(events(channel, 11, 25).map((each) => each.seq))
        expect(await history.forget(channel, 10)).toBe(10)
        expect(await history.forget(channel, 10)).toBe(5)
        expect(await history.forget(channel, 10)).toBe(0)

        expect(await seqs(channel)).toEqual([])
        expect(await seqs(other)).toEqual([1, 2, 3])
        expect(await history.append(events(channel, 1, 1))).toEqual({ stored: 'all' })
      })
    })

    describe('reading', () => {
      const channel = freshName()
      beforeAll(async () => {
        // Not in the order of their seqs, and with the ten of another channel between them.
        const batch = events(channel, 1, 10).toReversed()
        await history.append(batch.flatMap((each) => [each, event(`${channel}-other`, each.seq)]))
      })

      it('gives the latest events, oldest first', async () => {
        expect(await history.latest(channel, 3)).toEqual(events(channel, 8, 10))
        expect(await history.latest(channel, 100)).toEqual(events(channel, 1, 10))
        expect(await history.latest(freshName(), 3)).toEqual([])
      })

      it('gives events after `since` and up to `upTo`, the oldest first', async () => {
        const read = (since: number, upTo: number, limit: number) =>
          history
            .events({ channelId: channel, since, upTo, limit })
            .then((range) => range.map((each) => each.seq))

        expect(await read(3, 6, 100)).toEqual([4, 5, 6])
        expect(await read(3, 10, 2)).toEqual([4, 5])
        expect(await read(10, 20, 5)).toEqual([])
        expect(await read(6, 3, 5)).toEqual([])
        expect(await read(0, 10, 0)).toEqual([])
      })

      it('gives the oldest messages of a page from its lower end', async () => {
        expect(await page(channel, 3, 8, 3, 'oldest')).toEqual([4, 5, 6])
        expect(await page(channel, 3, 5, 100, 'oldest')).toEqual([4, 5])
      })

      it('gives the newest messages of a page up to its upper end, oldest first', async () => {
        expect(await page(channel, 3, 8, 3, 'newest')).toEqual([6, 7, 8])
        expect(await page(channel, 3, 5, 100, 'newest')).toEqual([4, 5])
        expect(await page(channel, 10, 20, 5, 'newest')).toEqual([])
        expect(await page(channel, 0, 10, 0, 'newest')).toEqual([])
      })

      it('gives messages whole', async () => {
        const messages = await history.messages({
          channelId: channel,
          after: 4,
          upTo: 5,
          limit: 1,
          pick: 'oldest',
        })

        expect(messages).toEqual([event(channel, 5).what?.value])
      })
    })

    it('answers a ping', async () => {
      await history.ping()
    })
  })

  describe(`history: ${name}, closing`, () => {
    it('may be closed again', { timeout: 60_000 }, async () => {
      const { value: history, drop } = await make()

      await history.close()

      await history.close()
      await drop()
    })
  })
}
