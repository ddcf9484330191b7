import { expect, it } from 'vitest'
import { toPartition } from './partitions.js'

// Every program must agree with every version before it: a channel that moved would lose its order.
it('a channel has the same partition in every version', () => {
  const partitions = [toPartition('channel', 8), toPartition('456', 8), toPartition('Zoë 👋', 1_000)]

  expect(partitions).toEqual([7, 6, 330])
})
