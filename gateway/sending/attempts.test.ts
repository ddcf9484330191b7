import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { AttemptRef } from '../../gen/recado/internal/v1/core_service.js'
import type { Outcome } from '../../gen/recado/v1/types.js'
import { messageEvent, silentLog } from '../../test/support/gateway-doubles.js'
import { Attempts } from './attempts.js'

let attempts: Attempts

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  attempts.stop()
  vi.useRealTimers()
})

function setUp() {
  const asked: string[][] = []
  const state = { known: new Map<string, Outcome>(), isAway: false }
  const ask = (refs: AttemptRef[]): Promise<Outcome[]> => {
    asked.push(refs.map(({ attempt }) => attempt))
    if (state.isAway) return Promise.reject(new Error('away'))
    return Promise.resolve(refs.flatMap(({ attempt }) => state.known.get(attempt) ?? []))
  }
  attempts = new Attempts(ask, silentLog)
  attempts.start()
  /** What was heard of an attempt so far. */
  const open = (attempt: string, id = `id-${attempt}`) => {
    const heard: { outcome?: Outcome; error?: unknown } = {}
    attempts.open(id, 'c', attempt).then(
      (outcome) => (heard.outcome = outcome),
      (error: unknown) => (heard.error = error),
    )
    return heard
  }
  return { asked, state, open }
}

const stored = (attempt: string, seq = 1, id = `id-${attempt}`): Outcome => ({
  id,
  channelId: 'c',
  attempt,
  result: { $case: 'stored', value: { seq, timestamp: 'T', duplicate: false } },
})

it('tells an outcome once, to the attempt that it is for', async () => {
  const { open } = setUp()
  const [a, b] = [open('a'), open('b')]

  attempts.settle(stored('a', 7))
  attempts.settle(stored('a', 8))
  attempts.settle(stored('b', 9, 'another id'))
  await vi.advanceTimersByTimeAsync(0)

  expect(a.outcome?.result).toMatchObject({ value: { seq: 7 } })
  expect(b.outcome).toBeUndefined()
  expect(attempts.size).toBe(1)
})

it('takes an event that was read in a repair for an outcome', async () => {
  const { open } = setUp()
  const a = open('try-c-7', 'c-7')

  attempts.settleByEvent(messageEvent('c', 7))
  await vi.advanceTimersByTimeAsync(0)

  expect(a.outcome).toMatchObject({
    result: { $case: 'stored', value: { seq: 7, timestamp: '2026-01-03T12:00:00.000Z', duplicate: false } },
  })
})

it('asks for what is overdue after 5 s, and again 5 s later', async () => {
  const { asked, state, open } = setUp()
  const a = open('a')

  await vi.advanceTimersByTimeAsync(4_900)
  expect(asked).toEqual([])
  await vi.advanceTimersByTimeAsync(1_100)
  expect(asked).toEqual([['a']])
  state.known.set('a', stored('a'))
  await vi.advanceTimersByTimeAsync(6_000)

  expect(asked).toEqual([['a'], ['a']])
  expect(a.outcome).toBeDefined()
})

it('asks for at most 100 a second, oldest first', async () => {
  const { asked, open } = setUp()
  for (let n = 0; n < 250; n++) open(`${n}`)

  await vi.advanceTimersByTimeAsync(8_000)

  expect(asked.slice(0, 3).map((batch) => [batch.length, batch[0]])).toEqual([
    [100, '0'],
    [100, '100'],
    [50, '200'],
  ])
})

it('asks at once for all when a stream was lost', async () => {
  const { asked, open } = setUp()
  open('a')
  open('b')

  attempts.suspect()
  await vi.advanceTimersByTimeAsync(1_000)

  expect(asked).toEqual([['a', 'b']])
})

it('goes on asking when it cannot be asked', async () => {
  const { state, open } = setUp()
  const a = open('a')
  state.isAway = true
  await vi.advanceTimersByTimeAsync(20_000)

  state.isAway = false
  state.known.set('a', stored('a'))
  await vi.advanceTimersByTimeAsync(6_000)

  expect(a.outcome).toBeDefined()
})

it('gives up after ten minutes', async () => {
  const { open } = setUp()
  const a = open('a')

  await vi.advanceTimersByTimeAsync(599_000)
  expect(a.error).toBeUndefined()
  await vi.advanceTimersByTimeAsync(10_000)

  expect(a.error).toMatchObject({ code: 'unavailable' })
  expect(attempts.size).toBe(0)
})

it('takes no more than may wait, and room is given back', () => {
  const { open } = setUp()
  for (let n = 0; n < 100_000; n++) open(`${n}`)

  expect(() => attempts.open('id', 'c', 'one more')).toThrow(
    expect.objectContaining({ code: 'resource_exhausted', retryAfterMs: 1_000 }),
  )
  attempts.forget('7')

  expect(() => open('one more')).not.toThrow()
})

it('tells everybody when it stops', async () => {
  const { open } = setUp()
  const a = open('a')

  attempts.stop()
  await vi.advanceTimersByTimeAsync(0)

  expect(a.error).toMatchObject({ code: 'unavailable' })
})
