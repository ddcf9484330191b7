import { beforeEach, expect, it } from 'vitest'
import { messageEvent } from '../../test/support/gateway-doubles.js'
import { CATCH_UP_MS, ChannelFeed } from './channel-feed.js'
import { HeldBudget } from './held-budget.js'

let seen: number[]
let behind: number[]
let resets: number
let foreign: number
let held: HeldBudget
let feed: ChannelFeed

beforeEach(() => {
  seen = []
  behind = []
  resets = 0
  foreign = 0
  held = new HeldBudget(100_000, 10_000)
  feed = new ChannelFeed({
    channelId: 'c',
    held,
    onEvent: () => undefined,
    onBehind: (_, withinMs) => behind.push(withinMs),
    onForeignEpoch: () => foreign++,
    subscriber: { receive: ({ seq }) => void seen.push(seq), reset: () => void resets++ },
  })
})

const event = (seq: number) => messageEvent('c', seq)
const head = (seq: number, epoch = 'e') => ({ epoch, seq })
const page = (seqs: number[], at = head(seqs.at(-1) ?? 0)) => ({
  events: seqs.map(event),
  head: at,
  hasMore: false,
})
const never = new AbortController().signal

it('keeps what comes before its first head waiting, and drops what that head includes', () => {
  for (const seq of [4, 5, 6]) feed.receive(event(seq))
  expect(seen).toEqual([])
  feed.begin(head(5))

  expect(seen).toEqual([6])
  expect(feed.head).toEqual(head(6))
  expect(held.bytes).toBe(0)
})

it('is behind at its first head when something between that head and a frame is missing', () => {
  feed.receive(event(9))
  expect(behind).toEqual([])

  feed.begin(head(5))

  expect(behind).toEqual([0])
})

it('begins once: a later head does not move it', () => {
  feed.begin(head(0))

  feed.begin(head(9))
  feed.receive(event(1))

  expect(seen).toEqual([1])
})

it('drops what is behind', () => {
  feed.begin(head(0))

  for (const seq of [1, 2, 1, 2, 3]) feed.receive(event(seq))

  expect(seen).toEqual([1, 2, 3])
})

it('holds what is ahead, tells that it is behind at once, and goes on when a page brings the missing', () => {
  feed.begin(head(0))
  feed.receive(event(1))

  feed.receive(event(4))
  feed.receive(event(5))
  expect([seen, behind, feed.isBehind]).toEqual([[1], [0, 0], true])
  feed.receivePage(page([2, 3, 4, 5]))

  expect(seen).toEqual([1, 2, 3, 4, 5])
  expect(feed.isBehind).toBe(false)
  expect(held.bytes).toBe(0)
})

it('holds no more than its part, remembers that there is more, and gives back what it held', () => {
  feed.begin(head(0))
  for (let seq = 2; seq <= 101; seq++) feed.receive(messageEvent('c', seq, 'x'.repeat(250)))
  expect(held.bytes).toBeGreaterThan(8_000)
  expect(held.bytes).toBeLessThanOrEqual(10_000)

  feed.receive(event(1))
  expect(seen.length).toBeLessThan(12)
  expect(feed.isBehind).toBe(true)
  expect(held.bytes).toBe(0)

  feed.receivePage(page(Array.from({ length: 101 }, (_, at) => at + 1)))
  expect(seen).toEqual(Array.from({ length: 101 }, (_, at) => at + 1))
})

it('holds as much again once it has given back what it held', () => {
  feed.begin(head(0))
  const fill = (from: number) => {
    for (let seq = from; seq < from + 100; seq++) feed.receive(messageEvent('c', seq, 'x'.repeat(250)))
    return held.bytes
  }
  const first = fill(2)
  feed.receive(event(1))
  const next = seen.at(-1)! + 2

  expect(fill(next)).toBe(first)
})

it('holds nothing where all feeds together hold as much as they may', () => {
  held.take(0, 9_000)
  for (let n = 0; n < 10; n++) held.take(0, 9_000)
  feed.begin(head(0))

  feed.receive(messageEvent('c', 2, 'x'.repeat(250)))
  feed.receive(event(1))

  expect(seen).toEqual([1])
  expect(feed.isBehind).toBe(true)
})

it('counts a repeat of what it holds once', () => {
  feed.begin(head(0))
  feed.receive(event(2))
  const bytes = held.bytes

  feed.receive(event(2))

  expect(held.bytes).toBe(bytes)
})

it('waits a moment for frames to bring what a head promises', () => {
  feed.begin(head(0))

  feed.expect(2, CATCH_UP_MS)
  expect(behind).toEqual([CATCH_UP_MS])
  feed.receive(event(1))
  feed.receive(event(2))

  expect(feed.isBehind).toBe(false)
})

it('is reached when everything up to that seq is delivered, and not before', async () => {
  feed.begin(head(0))
  const reached: number[] = []
  const waits = [1, 5].map((seq) => feed.reach(seq, never).then(() => reached.push(seq)))

  feed.receivePage(page([1]))
  await Promise.resolve().then(() => undefined)
  expect(reached).toEqual([1])
  feed.receivePage(page([2, 3, 4]))
  await new Promise((resolve) => setImmediate(resolve))
  expect(reached).toEqual([1])
  feed.receive(event(5))
  await Promise.all(waits)

  expect(reached).toEqual([1, 5])
})

it('is reached at once where it is already, and never when its signal aborts or it is closed', async () => {
  feed.begin(head(3))
  await feed.reach(3, never)
  const abort = new AbortController()

  const aborted = feed.reach(4, abort.signal)
  const closed = feed.reach(4, never)
  abort.abort(new Error('enough'))
  feed.close()

  await expect(aborted).rejects.toThrow('enough')
  await expect(closed).rejects.toMatchObject({ code: 'unavailable' })
  await expect(feed.reach(1, never)).rejects.toMatchObject({ code: 'unavailable' })
})

it('tells of a page of another epoch and takes nothing from it', () => {
  feed.begin(head(0))

  feed.receivePage(page([1, 2], head(2, 'new')))

  expect([seen, foreign]).toEqual([[], 1])
})

it('tells of an event of another epoch and does not deliver it', () => {
  feed.begin(head(0))

  feed.receive(messageEvent('c', 1, 'text', 'new'))

  expect([seen, foreign, feed.isBehind]).toEqual([[], 1, false])
})

it('holds nothing of another epoch against its first head', () => {
  feed.receive(messageEvent('c', 106, 'text', 'old'))

  feed.begin(head(5))
  feed.receive(event(6))

  expect([seen, feed.isBehind, held.bytes]).toEqual([[6], false, 0])
})

it('begins anew in another epoch: whoever joined joins again, and whoever waited waits no more', async () => {
  feed.begin(head(100))
  feed.receive(event(105))
  const waited = feed.reach(103, never)

  feed.restart(head(3, 'new'))
  await waited
  feed.receive(messageEvent('c', 4, 'text', 'new'))

  expect(resets).toBe(1)
  expect(seen).toEqual([4])
  expect(feed.head).toEqual(head(4, 'new'))
  expect(feed.isBehind).toBe(false)
  expect(held.bytes).toBe(0)
})

it('delivers nothing once it is closed, and gives back what it held', () => {
  feed.begin(head(0))
  feed.receive(event(2))

  feed.close()
  feed.receive(event(1))
  feed.receive(event(3))

  expect(seen).toEqual([])
  expect(held.bytes).toBe(0)
  expect(feed.isBehind).toBe(false)
})
