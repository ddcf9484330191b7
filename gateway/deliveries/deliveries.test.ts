import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type {
  StreamDeliveriesRequest,
  StreamDeliveriesResponse,
} from '../../gen/recado/v1/deliveries_service.js'
import type { Event, Head } from '../../gen/recado/v1/types.js'
import { messageEvent, silentLog } from '../../test/support/gateway-doubles.js'
import { Deliveries, type DeliveriesOptions } from './deliveries.js'

/** Who has joined a channel. */
class Listener {
  readonly seqs: number[] = []
  resets = 0

  receive({ seq }: Event): void {
    this.seqs.push(seq)
  }

  reset(): void {
    this.resets += 1
  }
}

/** A consumer's end of the stream, which puts every interest in force at once. */
class Wire extends EventEmitter {
  write({ version }: StreamDeliveriesRequest): boolean {
    setImmediate(() => this.answer({ inForce: version }))
    return true
  }

  cancel(): void {
    this.emit('error', new Error('1 CANCELLED'))
  }

  answer(frame: Partial<StreamDeliveriesResponse>): void {
    this.emit('data', { inForce: 0, events: [], outcomes: [], activity: [], ...frame })
  }
}

type Options = DeliveriesOptions<Listener>

function setUp() {
  const wire = new Wire()
  const heads = new Map<string, Head>()
  const logs = new Map<string, Event[]>()
  const settled: string[] = []
  const client = { getChannel: () => ({ getTarget: () => 'one' }), streamDeliveries: () => wire }
  const core = {
    call: (_: unknown, asked: { channelIds?: string[]; channelId?: string; since?: number }) => {
      if (asked.channelIds)
        return Promise.resolve({
          heads: asked.channelIds.map((id) => ({ channelId: id, head: heads.get(id) })),
        })
      const { channelId = '', since = 0 } = asked
      const rest = (logs.get(channelId) ?? []).filter(({ seq }) => seq > since)
      return Promise.resolve({
        events: rest.slice(0, 100),
        head: heads.get(channelId),
        hasMore: rest.length > 100,
      })
    },
  }
  const deliveries = new Deliveries<Listener>({
    consumers: { all: [client], metadata: () => undefined } as unknown as Options['consumers'],
    history: core as unknown as Options['history'],
    core: core as unknown as Options['core'],
    attempts: {
      settle: ({ attempt }) => void settled.push(attempt),
      settleByEvent: ({ attempt }) => void settled.push(attempt),
      suspect: () => settled.push('suspect'),
    },
    origin: 'gateway',
    onActivity: () => undefined,
    onActivityLost: () => undefined,
    createSubscriber: () => new Listener(),
    log: silentLog,
  })
  const store = (channelId: string, epoch: string, seqs: number[]): void => {
    const added = seqs.map((seq) => messageEvent(channelId, seq, 'text', epoch))
    logs.set(channelId, [...(logs.get(channelId) ?? []), ...added])
    heads.set(channelId, { epoch, seq: seqs.at(-1) ?? 0 })
  }
  return { deliveries, wire, heads, logs, settled, store }
}

const never = new AbortController().signal

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('hands events to whom they concern, outcomes to the attempts', async () => {
  const { deliveries, wire, settled } = setUp()
  deliveries.start()
  const { subscriber, inForce } = deliveries.follow('c')
  await vi.advanceTimersByTimeAsync(1)
  await inForce
  await deliveries.reach('c', { epoch: 'e', seq: 0 }, never)

  wire.answer({
    events: [messageEvent('c', 1), messageEvent('other', 1)],
    outcomes: [{ id: 'm', channelId: 'c', attempt: 'mine', result: undefined }],
  })

  expect(subscriber.seqs).toEqual([1])
  expect(settled).toEqual(['try-c-1', 'mine'])
  deliveries.stop()
})

it('finds what frames have not brought by comparing heads, and reads it', async () => {
  const { deliveries, store, heads } = setUp()
  heads.set('c', { epoch: 'e', seq: 0 })
  const { subscriber } = deliveries.follow('c')
  await deliveries.reach('c', { epoch: 'e', seq: 0 }, never)
  deliveries.start()

  store('c', 'e', [1, 2, 3])
  await vi.advanceTimersByTimeAsync(6_500)

  expect(subscriber.seqs).toEqual([1, 2, 3])
  deliveries.stop()
})

it('reads what is missing in every other channel where one cannot be read', async () => {
  const { deliveries, store, logs } = setUp()
  const subscribers = Array.from({ length: 100 }, (_, at) => deliveries.follow(`c${at}`).subscriber)
  for (let at = 0; at < 100; at++) {
    await deliveries.reach(`c${at}`, { epoch: 'e', seq: 0 }, never)
    store(`c${at}`, 'e', [1])
  }
  Object.defineProperty(logs, 'get', {
    value: (id: string) => {
      if (id === 'c0') throw new Error('cannot be read')
      return Map.prototype.get.call(logs, id) as Event[]
    },
  })

  deliveries.start()
  await vi.advanceTimersByTimeAsync(7_000)

  expect(subscribers.map(({ seqs }) => seqs.length)).toEqual([0, ...Array.from({ length: 99 }, () => 1)])
  deliveries.stop()
})

it('follows the new epoch also while a join is in flight that holds the channel', async () => {
  const { deliveries, wire, heads } = setUp()
  deliveries.start()
  const first = deliveries.follow('c')
  await deliveries.reach('c', { epoch: 'old', seq: 100 }, never)
  deliveries.follow('c')

  heads.set('c', { epoch: 'new', seq: 3 })
  await vi.advanceTimersByTimeAsync(5_100)
  expect(first.subscriber.resets).toBe(1)
  deliveries.unfollow('c')
  await deliveries.reach('c', { epoch: 'new', seq: 3 }, never)
  wire.answer({ events: [messageEvent('c', 4, 'text', 'new')] })

  expect(first.feed.head).toEqual({ epoch: 'new', seq: 4 })
  expect(first.subscriber.seqs).toEqual([4])
  deliveries.stop()
})

it('learns of a new epoch from the first event of it, without waiting for heads to be compared', async () => {
  const { deliveries, wire, heads } = setUp()
  deliveries.start()
  const { feed, subscriber } = deliveries.follow('c')
  await deliveries.reach('c', { epoch: 'old', seq: 100 }, never)
  await vi.advanceTimersByTimeAsync(1)

  heads.set('c', { epoch: 'new', seq: 101 })
  wire.answer({ events: [messageEvent('c', 101, 'text', 'new')] })
  await vi.advanceTimersByTimeAsync(1)

  expect(subscriber).toMatchObject({ seqs: [], resets: 1 })
  expect(feed.head).toEqual({ epoch: 'new', seq: 101 })
  deliveries.stop()
})

it('repairs what takes many pages to read', async () => {
  const { deliveries, store, heads } = setUp()
  heads.set('c', { epoch: 'e', seq: 0 })
  const { subscriber } = deliveries.follow('c')
  await deliveries.reach('c', { epoch: 'e', seq: 0 }, never)
  deliveries.start()
  const seqs = Array.from({ length: 1_000 }, (_, at) => at + 1)

  store('c', 'e', seqs)
  await vi.advanceTimersByTimeAsync(6_500)

  expect(subscriber.seqs).toEqual(seqs)
  deliveries.stop()
})

it.each([
  ['newer than the channel is here', 'new', { epoch: 'new', seq: 3 }, 1],
  ['older than the channel is here', 'old', { epoch: 'old', seq: 100 }, 0],
])('lets the head decide for a join whose permission is %s', async (_, current, expected, resets) => {
  const { deliveries, heads } = setUp()
  const { feed, subscriber } = deliveries.follow('c')
  await deliveries.reach('c', { epoch: 'old', seq: 100 }, never)
  heads.set('c', current === 'new' ? { epoch: 'new', seq: 3 } : { epoch: 'old', seq: 100 })

  await deliveries.reach('c', { epoch: 'new', seq: 2 }, never)

  expect(feed.head).toEqual(expected)
  expect(subscriber.resets).toBe(resets)
})

it('hands nothing over while it is paused, and reads it afterwards', async () => {
  const { deliveries, wire, store, settled } = setUp()
  deliveries.start()
  const { subscriber } = deliveries.follow('c')
  await deliveries.reach('c', { epoch: 'e', seq: 0 }, never)
  // The heads have been compared; the next time is in 5 s.
  await vi.advanceTimersByTimeAsync(100)

  deliveries.pause()
  store('c', 'e', [1, 2])
  wire.answer({
    events: [messageEvent('c', 1), messageEvent('c', 2)],
    outcomes: [{ id: 'm', channelId: 'c', attempt: 'mine', result: undefined }],
  })
  await vi.advanceTimersByTimeAsync(2_000)
  expect(subscriber.seqs).toEqual([])
  expect(settled).toEqual(['mine'])
  deliveries.resume()
  await vi.advanceTimersByTimeAsync(10)

  expect(subscriber.seqs).toEqual([1, 2])
  deliveries.stop()
})

it('suspects outcomes when a stream is lost', async () => {
  const { deliveries, wire, settled } = setUp()
  deliveries.start()
  await vi.advanceTimersByTimeAsync(1)

  wire.emit('end')

  expect(settled).toEqual(['suspect'])
  deliveries.stop()
})

it('forgets a channel with its last follower', async () => {
  const { deliveries } = setUp()
  const { feed } = deliveries.follow('c')
  deliveries.follow('c')
  await deliveries.reach('c', { epoch: 'e', seq: 0 }, never)

  deliveries.unfollow('c')
  expect(deliveries.size).toBe(1)
  deliveries.unfollow('c')

  expect(deliveries.size).toBe(0)
  await expect(feed.reach(1, never)).rejects.toMatchObject({ code: 'unavailable' })
})
