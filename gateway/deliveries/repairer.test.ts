import { pino } from 'pino'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Log } from '../../lib/log.js'
import { messageEvent, silentLog } from '../../test/support/gateway-doubles.js'
import { ChannelFeed, type EventPage } from './channel-feed.js'
import { HeldBudget } from './held-budget.js'
import { Repairer } from './repairer.js'

const held = new HeldBudget()
let repairers: Repairer[]

beforeEach(() => {
  vi.useFakeTimers()
  repairers = []
})
afterEach(() => {
  for (const repairer of repairers) repairer.stop()
  vi.useRealTimers()
})

type SetUp = {
  head?: number
  page?: number
  takesMs?: (channelId: string) => number
  log?: Log
  fails?: (channelId: string) => boolean
}

/** A repairer on a history whose channels all have the events 1 to `head`, read in pages of `page`. */
function setUp({ head = 2, page = 10, takesMs = () => 5, log = silentLog, fails }: SetUp = {}) {
  const reads: string[] = []
  let running = 0
  let mostRunning = 0
  const read = async (channelId: string, since: number): Promise<EventPage> => {
    reads.push(channelId)
    mostRunning = Math.max(mostRunning, ++running)
    await new Promise((resolve) => setTimeout(resolve, takesMs(channelId)))
    running -= 1
    if (fails?.(channelId)) throw new Error('cannot be read')
    const seqs = Array.from({ length: head }, (_, at) => at + 1).filter((seq) => seq > since)
    const events = seqs.slice(0, page).map((seq) => messageEvent(channelId, seq))
    return { events, head: { epoch: 'e', seq: head }, hasMore: seqs.length > page }
  }
  const repairer = new Repairer({ read, log, now: () => Date.now() })
  repairers.push(repairer)
  const follow = (channelId: string): { feed: ChannelFeed; seen: number[] } => {
    const seen: number[] = []
    const feed: ChannelFeed = new ChannelFeed({
      channelId,
      held,
      onEvent: () => undefined,
      onBehind: (behind, withinMs) => repairer.want(behind, withinMs),
      onForeignEpoch: () => undefined,
      subscriber: { receive: ({ seq }) => void seen.push(seq), reset: () => undefined },
    })
    feed.begin({ epoch: 'e', seq: 0 })
    return { feed, seen }
  }
  return { repairer, reads, follow, mostRunning: () => mostRunning }
}

it('repairs 4,000 channels within the time that eight reads at once take', async () => {
  const { repairer, follow, mostRunning } = setUp()
  const channels = Array.from({ length: 4_000 }, (_, at) => follow(`c${at}`))

  for (const { feed } of channels) feed.expect(2, 0)
  await vi.advanceTimersByTimeAsync((4_000 / 8) * 5 + 100)

  expect(channels.every(({ seen }) => seen.length === 2)).toBe(true)
  expect(mostRunning()).toBe(8)
  expect(repairer.size).toBe(0)
})

it('lets no channel that cannot be read hold up the others, however many there are', async () => {
  const isBad = (channelId: string) => channelId.startsWith('bad')
  const { follow } = setUp({ fails: isBad, takesMs: (channelId) => (isBad(channelId) ? 5_000 : 5) })
  const bad = Array.from({ length: 50 }, (_, at) => follow(`bad${at}`))
  for (const { feed } of bad) feed.expect(2, 0)
  await vi.advanceTimersByTimeAsync(60_000)

  const good = Array.from({ length: 80 }, (_, at) => follow(`c${at}`))
  for (const { feed } of good) feed.expect(2, 0)
  // Of the eight reads at once four are left to them.
  await vi.advanceTimersByTimeAsync((80 / 4) * 5 + 50)

  expect(good.every(({ seen }) => seen.length === 2)).toBe(true)
})

it('tries what cannot be read again after ever longer pauses, whatever frames come, and tells of it once a second', async () => {
  const lines: string[] = []
  const log = pino({ base: null }, { write: (line: string) => void lines.push(line) })
  const { reads, follow } = setUp({ fails: () => true, log })
  const channels = Array.from({ length: 100 }, (_, at) => follow(`c${at}`))

  for (let seq = 2; seq < 62; seq++) {
    for (const { feed } of channels) feed.receive(messageEvent(feed.channelId, seq))
    await vi.advanceTimersByTimeAsync(500)
  }

  // 30 s: pauses of 50–100 ms, doubling to 2.5–5 s.
  expect(reads.length / 100).toBeLessThan(20)
  expect(reads.length / 100).toBeGreaterThan(5)
  expect(lines.length).toBeLessThanOrEqual(31)
})

it('goes on when what could not be read can be read again', async () => {
  let isAway = true
  const { follow } = setUp({ fails: () => isAway })
  const { feed, seen } = follow('c')
  feed.expect(2, 0)
  await vi.advanceTimersByTimeAsync(10_000)

  isAway = false
  await vi.advanceTimersByTimeAsync(5_100)

  expect(seen).toEqual([1, 2])
})

it('begins with short pauses anew once it has read something', async () => {
  let isAway = true
  const { follow } = setUp({ head: 1_000, page: 10, takesMs: () => 100, fails: () => isAway })
  const { feed, seen } = follow('c')
  feed.expect(1_000, 0)
  await vi.advanceTimersByTimeAsync(20_000)
  isAway = false
  await vi.advanceTimersByTimeAsync(6_000)
  expect(seen.length).toBeGreaterThan(0)

  isAway = true
  await vi.advanceTimersByTimeAsync(150)
  isAway = false
  const before = seen.length
  await vi.advanceTimersByTimeAsync(600)

  expect(seen.length).toBeGreaterThan(before)
})

it('reads a long gap page by page, while others have their turn', async () => {
  const { reads, follow } = setUp({ head: 1_000, page: 10 })
  const [long, other] = [follow('long'), follow('other')]

  long.feed.expect(1_000, 0)
  await vi.advanceTimersByTimeAsync(20)
  other.feed.expect(10, 0)
  await vi.advanceTimersByTimeAsync(30)
  expect(other.seen).toHaveLength(10)
  await vi.advanceTimersByTimeAsync(1_000)

  expect(long.seen).toEqual(Array.from({ length: 1_000 }, (_, at) => at + 1))
  expect(reads.filter((channelId) => channelId === 'long')).toHaveLength(100)
})

it('reads nothing when frames bring it in time', async () => {
  const { reads, follow } = setUp()
  const { feed } = follow('c')

  feed.expect(2, 1_000)
  await vi.advanceTimersByTimeAsync(900)
  for (const seq of [1, 2]) feed.receive(messageEvent('c', seq))
  await vi.advanceTimersByTimeAsync(1_000)

  expect(reads).toEqual([])
})

it('reads at once when a gap shows itself while it waits for frames', async () => {
  const { follow } = setUp({ head: 3 })
  const { feed, seen } = follow('c')

  feed.expect(2, 1_000)
  feed.receive(messageEvent('c', 3))
  await vi.advanceTimersByTimeAsync(10)

  expect(seen).toEqual([1, 2, 3])
})

it('repairs a gap that opens while another one is read', async () => {
  const { follow } = setUp({ head: 5, page: 2 })
  const { feed, seen } = follow('c')

  feed.receive(messageEvent('c', 2))
  feed.receive(messageEvent('c', 5))
  await vi.advanceTimersByTimeAsync(100)

  expect(seen).toEqual([1, 2, 3, 4, 5])
})

it('reads nothing while it is paused, and then what was wanted meanwhile', async () => {
  const { repairer, reads, follow } = setUp()
  const { feed, seen } = follow('c')

  repairer.pause()
  feed.expect(2, 0)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(reads).toEqual([])
  repairer.resume()
  await vi.advanceTimersByTimeAsync(10)

  expect(seen).toEqual([1, 2])
})

it('forgets a channel that nobody follows any more', async () => {
  const { repairer, follow } = setUp({ fails: () => true })
  const { feed } = follow('c')
  feed.expect(2, 0)
  await vi.advanceTimersByTimeAsync(10)

  feed.close()
  await vi.advanceTimersByTimeAsync(5_100)

  expect(repairer.size).toBe(0)
})
