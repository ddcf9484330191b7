import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { SessionEnds } from './session-ends.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp() {
  const ended: string[] = []
  const startedAt = Date.now()
  const ends = new SessionEnds<string>(
    (bound) => ended.push(bound),
    () => Date.now() - startedAt,
  )
  return { ends, ended }
}

it('ends each at its time, not before, and within half a second', async () => {
  const { ends, ended } = setUp()
  ends.add('late', 60_000)
  ends.add('soon', 1_100)
  ends.add('never', Infinity)

  await vi.advanceTimersByTimeAsync(1_099)
  expect(ended).toEqual([])
  await vi.advanceTimersByTimeAsync(501)
  expect(ended).toEqual(['soon'])
  await vi.advanceTimersByTimeAsync(60_000)

  expect(ended).toEqual(['soon', 'late'])
})

it('ends at the next look what is over when it is added', async () => {
  const { ends, ended } = setUp()
  ends.add('never', Infinity)
  await vi.advanceTimersByTimeAsync(10_000)

  ends.add('over', 9_000)
  await vi.advanceTimersByTimeAsync(501)

  expect(ended).toEqual(['over'])
})

it('forgets what is removed, and keeps no timer for nothing', async () => {
  const { ends, ended } = setUp()
  ends.add('gone', 1_000)
  ends.add('kept', 1_000)

  ends.remove('gone', 1_000)
  await vi.advanceTimersByTimeAsync(1_501)

  expect(ended).toEqual(['kept'])
  expect(vi.getTimerCount()).toBe(0)
})

it('looks with one timer, however many there are', () => {
  const { ends } = setUp()

  for (let n = 0; n < 1_000; n++) ends.add(`${n}`, n * 100)

  expect(vi.getTimerCount()).toBe(1)
})
