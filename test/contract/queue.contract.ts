import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MAX_PAYLOAD_BYTES } from '../../contract/limits.js'
import type { Queue } from '../../ports/queue/queue.js'
import { MAX_UNSETTLED } from '../../ports/queue/queue.js'
import {
  buryAll,
  drainAll,
  fillUp,
  keptLog,
  never,
  numbers,
  openSession,
  publishAll,
  publishes,
  takeCount,
  textOf,
  texts,
  UNLIMITED,
  within,
  type PlaceOptions,
  type QueuePlace,
} from './queue-place.js'

/** Proves that an adapter keeps what `ports/queue/queue.ts` promises. */
export function queueContract(name: string, makePlace: (options: PlaceOptions) => Promise<QueuePlace>): void {
  describe(`queue: ${name}`, () => {
    let place: QueuePlace
    let queue: Queue

    beforeEach(async () => {
      place = await makePlace({})
      queue = await place.open()
    })

    afterEach(() => place.drop())

    describe('publishing', () => {
      it('keeps the order of the calls', async () => {
        const sent = numbers(3_000)
        const session = await openSession(queue)

        await publishAll(queue, sent.slice(0, 1_500))
        await publishAll(queue, sent.slice(1_500))

        const taken = await takeCount(session, 1_500)
        await session.settle(taken)
        taken.push(...(await takeCount(session, 3_000 - taken.length)))
        expect(texts(taken)).toEqual(sent)
      })

      it('resolves once the message is durable', async () => {
        await publishAll(queue, numbers(100))
        await queue.close()

        const next = await place.open()

        const session = await openSession(next)
        expect(texts(await takeCount(session, 100))).toEqual(numbers(100))
      })

      it('keeps bytes, and the message_id where there is one', async () => {
        const body = Buffer.from([0, 255, 128, 10, 0])
        const messageId = 'é\u0000'.repeat(85)
        const session = await openSession(queue)

        await queue.publish(0, body, { messageId })
        await queue.publish(0, Buffer.alloc(0))

        const [first, second] = await takeCount(session, 2)
        expect([first?.body, first?.messageId]).toEqual([body, messageId])
        expect([second?.body, second?.messageId]).toEqual([Buffer.alloc(0), undefined])
      })

      it('refuses a message_id that is too long', async () => {
        const publishing = queue.publish(0, Buffer.from('x'), { messageId: 'é'.repeat(128) })

        await expect(publishing).rejects.toMatchObject({ code: 'invalid_argument' })
      })

      it('refuses a body that no consumer would read, and takes the largest that one would', async () => {
        const session = await openSession(queue)

        const publishing = queue.publish(0, Buffer.alloc(MAX_PAYLOAD_BYTES + 1))
        const inbox = queue.publishToInbox('c', Buffer.alloc(MAX_PAYLOAD_BYTES + 1))

        await expect(publishing).rejects.toMatchObject({ code: 'invalid_argument' })
        await expect(inbox).rejects.toMatchObject({ code: 'invalid_argument' })
        await queue.publish(0, Buffer.alloc(MAX_PAYLOAD_BYTES, 'x'))
        expect((await takeCount(session, 1))[0]?.body).toHaveLength(MAX_PAYLOAD_BYTES)
      })

      it('throws where there is no such partition', async () => {
        await expect(queue.publish(2, Buffer.from('x'))).rejects.toThrow(RangeError)
      })

      it('keeps the partitions and the inbox apart', async () => {
        const sessions = [
          await openSession(queue, 0),
          await openSession(queue, 1),
          await openSession(queue, 'inbox'),
        ]

        await queue.publish(0, Buffer.from('zero'))
        await queue.publish(1, Buffer.from('one'))
        await queue.publishToInbox('some-channel', Buffer.from('in'), { messageId: 'm' })

        const taken = await Promise.all(sessions.map((session) => takeCount(session, 1)))
        expect(taken.map(texts)).toEqual([['zero'], ['one'], ['in']])
        expect(taken[2]?.[0]?.messageId).toBe('m')
      })

      it('publishes nothing for a signal that has aborted', async () => {
        const session = await openSession(queue)
        const signal = AbortSignal.abort()

        const publishing = queue.publish(0, Buffer.from('x'), { signal })

        await expect(publishing).rejects.toMatchObject({ code: 'unavailable' })
        await queue.publish(0, Buffer.from('next'))
        expect(texts(await takeCount(session, 1))).toEqual(['next'])
      })

      it('refuses more than 10,000 messages on their way, and takes them again later', async () => {
        const publishing = numbers(10_001).map((text) => queue.publish(0, Buffer.from(text)))

        const outcomes = await Promise.allSettled(publishing)

        expect(outcomes.findIndex(({ status }) => status === 'rejected')).toBe(10_000)
        await expect(publishing[10_000]).rejects.toMatchObject({ code: 'resource_exhausted' })
        await queue.publish(0, Buffer.from('again'))
      })
    })

    describe('taking', () => {
      it('returns all that has arrived, and waits for no more', async () => {
        await publishAll(queue, numbers(300))
        const session = await openSession(queue)
        const taken = await session.take(UNLIMITED)
        taken.push(...(await takeCount(session, 300 - taken.length)))

        await queue.publish(0, Buffer.from('alone'))

        expect(texts(taken)).toEqual(numbers(300))
        expect(texts(await within(1_000, session.take(UNLIMITED)))).toEqual(['alone'])
      })

      it('makes what arrives during a batch the next one', async () => {
        const session = await openSession(queue)
        await queue.publish(0, Buffer.from('first'))
        await session.take(UNLIMITED)
        const other = await openSession(queue, 1)

        await publishAll(queue, numbers(50))
        // One connection delivers in order: what came on the other partition came after all of these.
        await queue.publish(1, Buffer.from('later'))
        await takeCount(other, 1)

        expect(texts(await session.take(UNLIMITED))).toEqual(numbers(50))
      })

      it('keeps to the limits, but takes at least one', async () => {
        const session = await openSession(queue)
        await publishAll(queue, ['a'.repeat(100), 'b'.repeat(100), 'c'.repeat(100), 'd', 'e'])
        const batches = []

        for (const limits of [
          { maxItems: 10, maxBytes: 50 },
          { maxItems: 10, maxBytes: 200 },
          { maxItems: 1, maxBytes: 200 },
        ]) {
          batches.push(texts(await session.take(limits)).map((text) => text[0]))
        }

        expect(batches[0]).toEqual(['a'])
        expect(batches.flat()).toEqual(['a', 'b', 'c', 'd', 'e'].slice(0, batches.flat().length))
        expect(batches[2]).toHaveLength(1)
      })

      it('numbers deliveries one by one', async () => {
        const session = await openSession(queue)
        await publishAll(queue, numbers(20))

        const tags = (await takeCount(session, 20)).map(({ tag }) => tag)

        expect(tags).toEqual(tags.map((_, index) => (tags[0] ?? 0) + index))
      })

      it('holds no more than 2,000 unsettled', async () => {
        await publishAll(queue, numbers(MAX_UNSETTLED + 500))
        const session = await openSession(queue)
        const held = await takeCount(session, MAX_UNSETTLED)
        const beyond = session.take(UNLIMITED)
        await expect(within(300, beyond)).rejects.toThrow('nothing came')

        await session.settle(held.slice(0, 500))

        const rest = [...(await beyond)]
        rest.push(...(await takeCount(session, 500 - rest.length)))
        expect(texts([...held, ...rest])).toEqual(numbers(MAX_UNSETTLED + 500))
      })

      it('goes through a backlog far beyond that in order, while more is published', async () => {
        await publishAll(queue, numbers(5_000))
        const session = await openSession(queue)
        const publishing = publishAll(queue, numbers(1_000, 5_000))
        const seen: string[] = []

        while (seen.length < 6_000) {
          const batch = await within(5_000, session.take({ maxItems: 300, maxBytes: 2 ** 30 }))
          seen.push(...texts(batch))
          await session.settle(batch)
        }

        await publishing
        expect(seen).toEqual(numbers(6_000))
      })
    })

    describe('one session at a time', () => {
      it('lets the second wait, then gives it what is unsettled, first and in order', async () => {
        const first = await openSession(queue)
        const second = await openSession(queue)
        await publishAll(queue, numbers(1_000))
        const waiting = takeCount(second, 1_300)
        const taken = await takeCount(first, 1_000)
        await first.settle(taken.slice(0, 100))

        const publishing = publishAll(queue, numbers(400, 1_000))
        await first.close()

        await publishing
        expect(texts(await waiting)).toEqual(numbers(1_300, 100))
      })

      it('gives nothing to the second while the first lives', async () => {
        await openSession(queue)
        const second = await openSession(queue)

        await publishAll(queue, numbers(10))

        await expect(within(300, second.take(UNLIMITED))).rejects.toThrow('nothing came')
      })

      it('keeps waiting sessions in their order, and skips those that left', async () => {
        const first = await openSession(queue)
        const second = await openSession(queue)
        const third = await openSession(queue)
        await publishAll(queue, numbers(3))
        await takeCount(first, 3)

        await second.close()
        await first.close()

        expect(texts(await takeCount(third, 3))).toEqual(numbers(3))
      })

      it('ends a session on close: its signal aborts, and a take in wait gets nothing', async () => {
        const session = await openSession(queue)
        const taking = session.take(UNLIMITED)

        await session.close()
        await session.close()

        expect(session.closed.aborted).toBe(true)
        expect(await taking).toEqual([])
        expect(await session.take(UNLIMITED)).toEqual([])
      })

      it('forgets what arrived but was not taken when it ends', async () => {
        const session = await openSession(queue)
        await publishAll(queue, numbers(10))
        await session.take({ maxItems: 1, maxBytes: 2 ** 20 })

        await session.close()

        expect(await session.take(UNLIMITED)).toEqual([])
        expect(texts(await takeCount(await openSession(queue), 10))).toEqual(numbers(10))
      })

      it('rejects when the signal aborts', async () => {
        await expect(queue.open(0, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
      })
    })

    describe('settling and burying', () => {
      it('removes for good, in any order, with burials in between', async () => {
        const session = await openSession(queue)
        for (const text of numbers(20)) await publishAll(queue, [text])
        const taken = await takeCount(session, 20)
        const at = (...indices: number[]) => taken.filter((_, index) => indices.includes(index))

        await session.settle(at(3, 4))
        await session.settle(at(0, 1))
        await session.bury(taken[2]!, 'bad')
        await session.settle(at(2, 3, 5, 7))
        await session.bury(taken[9]!, 'worse')
        await session.settle([...at(8, 6)].reverse())
        await session.settle(at(11))
        await session.close()

        const left = ['10', ...numbers(8, 12)]
        const next = await openSession(queue)
        expect(texts(await takeCount(next, left.length))).toEqual(left)
      })

      it('moves what is buried to the dead letters, with reason and message_id', async () => {
        const session = await openSession(queue)
        await queue.publish(0, Buffer.from('good'))
        await queue.publish(0, Buffer.from('poison'), { messageId: 'p1' })
        const [, poison] = await takeCount(session, 2)

        await session.bury(poison!, 'not JSON: "\u0000é"')

        const letters = await drainAll(queue)
        expect(letters.map(({ body, messageId }) => [body.toString(), messageId])).toEqual([['poison', 'p1']])
        expect(letters[0]?.reason).toMatch(/^not JSON: ".é"$/su)
      })

      it('drains the oldest first, up to the limit', async () => {
        await buryAll(queue, ['a', 'b', 'c'])
        const visited: string[] = []

        const removed = await queue.drainDeadLetters(
          async ({ body }) => void visited.push(body.toString()),
          2,
        )

        expect(removed).toBe(2)
        expect(visited).toEqual(['a', 'b'])
        expect(texts(await drainAll(queue))).toEqual(['c'])
        expect(await drainAll(queue)).toEqual([])
      })

      it('leaves the dead letter that could not be visited', async () => {
        await buryAll(queue, ['a', 'b', 'c'])

        const draining = queue.drainDeadLetters(async ({ body }) => {
          if (body.toString() === 'b') throw new Error('no room')
        }, 10)

        await expect(draining).rejects.toThrow('no room')
        expect(texts(await drainAll(queue))).toEqual(['b', 'c'])
      })
    })

    describe('a full queue', () => {
      let small: QueuePlace

      beforeEach(async () => {
        small = await makePlace({ maxQueueBytes: 20_000 })
      })

      afterEach(() => small.drop())

      it('refuses with resource_exhausted, leaves the others alone, and takes again once there is room', async () => {
        const smallQueue = await small.open()
        let accepted = 0
        const refused = await fillUp(smallQueue, () => (accepted += 1))

        await smallQueue.publish(1, Buffer.from('next door'))
        const session = await openSession(smallQueue)
        const taken = await takeCount(session, accepted)
        await session.settle(taken)

        expect(refused).toMatchObject({ code: 'resource_exhausted', retryable: true })
        expect(taken).toHaveLength(accepted)
        await expect.poll(() => publishes(smallQueue), { timeout: 5_000 }).toBe(true)
      })
    })

    describe('full dead letters', () => {
      const kept = keptLog()
      let small: QueuePlace

      beforeEach(async () => {
        small = await makePlace({ maxQueueBytes: 20_000, log: kept.log })
      })

      afterEach(() => small.drop())

      it('give up their oldest for new ones, and the log says so', { timeout: 60_000 }, async () => {
        const smallQueue = await small.open()
        const isTold = () => kept.lines.some((line) => line.includes('the dead letters are full'))
        let buried = 0

        while (!isTold() || buried < 40) {
          await buryAll(smallQueue, [`${buried}:${textOf(1_000)}`])
          buried += 1
        }

        const letters = texts(await drainAll(smallQueue)).map((text) => Number(text.split(':')[0]))
        expect(letters.length).toBeLessThan(buried)
        expect(letters.length).toBeGreaterThan(10)
        expect(letters).toEqual(numbers(letters.length, buried - letters.length).map(Number))
        await buryAll(smallQueue, ['room again'])
        expect(texts(await drainAll(smallQueue))).toEqual(['room again'])
      })
    })

    describe('closing', () => {
      it('ends the sessions, waits for what is being published, and refuses the rest', async () => {
        const session = await openSession(queue)
        const taking = session.take(UNLIMITED)
        await publishAll(queue, ['before'], 1)
        const publishing = publishAll(queue, numbers(100), 1)

        await queue.close()
        await queue.close()

        await publishing
        expect(await taking).toEqual([])
        expect(session.closed.aborted).toBe(true)
        const refusal = { code: 'unavailable' }
        await expect(queue.publish(0, Buffer.from('x'))).rejects.toMatchObject(refusal)
        await expect(queue.open(0, never())).rejects.toMatchObject(refusal)
        await expect(queue.ping()).rejects.toMatchObject(refusal)
        await expect(queue.drainDeadLetters(async () => undefined, 1)).rejects.toMatchObject(refusal)
      })

      it('answers a ping before that', async () => {
        await queue.publish(0, Buffer.from('x'))

        await expect(queue.ping()).resolves.toBeUndefined()
      })
    })
  })
}
