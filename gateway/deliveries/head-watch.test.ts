import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ChannelHead } from '../../gen/recado/internal/v1/core_service.js'
import { silentLog } from '../../test/support/gateway-doubles.js'
import { HeadWatch } from './head-watch.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp(channels = ['a', 'b']) {
  const reads: number[] = []
  const compared: string[] = []
  const state = { isAway: false, takesMs: 0 }
  const watch = new HeadWatch({
    channels: () => channels,
    readHeads: async (channelIds): Promise<ChannelHead[]> => {
      reads.push(channelIds.length)
      await new Promise((resolve) => setTimeout(resolve, state.takesMs))
      if (state.isAway) throw new Error('away')
      return channelIds.map((channelId) => ({ channelId, head: { epoch: 'e', seq: 1 } }))
    },
    compare: (heads) => compared.push(...heads.map(({ channelId }) => channelId)),
    log: silentLog,
  })
  return { watch, reads, compared, state }
}

it('compares every 5 s', async () => {
  const { watch, compared } = setUp()

  watch.start()
  await vi.advanceTimersByTimeAsync(4_999)
  expect(compared).toEqual([])
  await vi.advanceTimersByTimeAsync(5_010)

  expect(compared).toEqual(['a', 'b', 'a', 'b'])
})

it('compares at once when it is asked to, and once more when it is asked during a comparison', async () => {
  const { watch, reads, state } = setUp()
  state.takesMs = 100
  watch.start()

  watch.soon()
  await vi.advanceTimersByTimeAsync(50)
  watch.soon()
  watch.soon()
  await vi.advanceTimersByTimeAsync(40)
  expect(reads).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1_000)

  expect(reads).toHaveLength(2)
})

it('asks for 2,000 heads at a time', async () => {
  const { watch, reads, compared } = setUp(Array.from({ length: 4_500 }, (_, at) => `c${at}`))

  watch.soon()
  await vi.advanceTimersByTimeAsync(10)

  expect(reads).toEqual([2_000, 2_000, 500])
  expect(compared).toHaveLength(4_500)
})

it('tries a comparison that failed again after ever longer pauses, until it succeeds', async () => {
  const { watch, reads, compared, state } = setUp()
  state.isAway = true

  watch.soon()
  await vi.advanceTimersByTimeAsync(20_000)
  const failed = reads.length
  expect(failed).toBeGreaterThan(8)
  expect(failed).toBeLessThan(25)
  state.isAway = false
  await vi.advanceTimersByTimeAsync(2_001)

  expect(compared).toEqual(['a', 'b'])
})

it('begins with short pauses anew after one that succeeded', async () => {
  const { watch, reads, state } = setUp()
  state.isAway = true
  watch.soon()
  await vi.advanceTimersByTimeAsync(20_000)
  state.isAway = false
  await vi.advanceTimersByTimeAsync(3_000)

  state.isAway = true
  reads.length = 0
  watch.soon()
  await vi.advanceTimersByTimeAsync(600)

  expect(reads.length).toBeGreaterThan(1)
})

it('ends', async () => {
  const { watch, reads } = setUp()
  watch.start()

  watch.stop()
  watch.soon()
  await vi.advanceTimersByTimeAsync(20_000)

  expect(reads).toEqual([])
})
