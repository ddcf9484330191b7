import { expect, test } from 'vitest'
import { Backoff } from './backoff.js'

const never = () => 0
const always = () => 0.999_999

test('waits double from the first to the longest, which they keep', () => {
  const longest = new Backoff({ firstMs: 100, maxMs: 1_000, random: always })
  const waits = Array.from({ length: 6 }, () => Math.round(longest.next()))
  expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000])
})

test('a wait is never shorter than half of what it may be', () => {
  const shortest = new Backoff({ firstMs: 100, maxMs: 1_000, random: never })
  expect([shortest.next(), shortest.next()]).toEqual([50, 100])
})

test('ten thousand failures in a row still wait the longest', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1_000, random: never })
  for (let tries = 0; tries < 10_000; tries++) backoff.next()
  expect(backoff.next()).toBe(500)
})

test('after a success the first wait comes again', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1_000, random: always })
  backoff.next()
  backoff.next()
  expect(backoff.failures).toBe(2)
  backoff.reset()
  expect(backoff.failures).toBe(0)
  expect(Math.round(backoff.next())).toBe(100)
})

test('a wait ends at once when its signal is aborted, before or during it', async () => {
  const backoff = new Backoff({ firstMs: 3_600_000, maxMs: 3_600_000 })
  const stopping = new AbortController()
  const waiting = backoff.wait(stopping.signal)
  stopping.abort()
  await expect(waiting).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  await expect(backoff.wait(stopping.signal)).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
})

test('what a server asked for is waited at least', async () => {
  const backoff = new Backoff({ firstMs: 1, maxMs: 1 })
  const startedAt = performance.now()
  await backoff.wait(undefined, 30)
  expect(performance.now() - startedAt).toBeGreaterThan(28)
})
