import { describe, expect, it } from 'vitest'
import { eachBounded, Slots } from './bounded.js'

describe('eachBounded', () => {
  it('runs all items, no more than the limit at once', async () => {
    let running = 0
    let most = 0
    const seen: number[] = []

    await eachBounded([1, 2, 3, 4, 5], 2, async (item) => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      seen.push(item)
      running -= 1
    })

    expect(seen).toEqual([1, 2, 3, 4, 5])
    expect(most).toBe(2)
  })

  it('begins nothing more after a failure', async () => {
    const begun: number[] = []

    const run = eachBounded([1, 2, 3, 4, 5, 6], 2, async (item) => {
      begun.push(item)
      await Promise.resolve()
      if (item === 2) throw new Error('two')
    })

    await expect(run).rejects.toThrow('two')
    await Promise.resolve()
    expect(begun).not.toContain(6)
  })
})

describe('slots', () => {
  it('gives a slot to the one who has waited longest', async () => {
    const slots = new Slots(1)
    const order: string[] = []
    await slots.take()
    const first = slots.take().then(() => order.push('first'))
    const second = slots.take().then(() => order.push('second'))

    slots.give()
    slots.give()
    await Promise.all([first, second])

    expect(order).toEqual(['first', 'second'])
  })
})
