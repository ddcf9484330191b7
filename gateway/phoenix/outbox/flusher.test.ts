import { expect, it } from 'vitest'
import { Flusher } from './flusher.js'

it('the flusher flushes what is enlisted at the end of the tick, and begins anew in the next', async () => {
  const flusher = new Flusher()
  const flushed: string[] = []
  const member = (name: string): { flush: () => void } => ({ flush: () => void flushed.push(name) })
  const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  const runs = [flusher.enlist(member('a')), flusher.enlist(member('b'))]
  expect(flushed).toEqual([])
  await nextTick()
  expect(flushed).toEqual(['a', 'b'])
  expect(runs[0]).toBe(runs[1])

  expect(flusher.enlist(member('c'))).not.toBe(runs[0])
  await nextTick()
  expect(flushed).toEqual(['a', 'b', 'c'])
})
