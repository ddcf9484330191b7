import { describe, expect, it } from 'vitest'
import { MemoryRecent } from '../../ports/recent/memory/memory-recent.js'
import { runs } from '../support/adapters.js'
import { eventsOf } from './recent.contract.js'

describe.runIf(runs('embedded'))('recent: memory, and its bounds', () => {
  const append = (recent: MemoryRecent, channelId: string, count = 1) =>
    recent.append([{ channelId, epoch: 'e', events: eventsOf(1, count, channelId) }])
  const has = async (recent: MemoryRecent, channelId: string) =>
    (await recent.read(channelId, 'e', 1, 1)) !== undefined

  it('forgets the channel used longest ago, reading being use, beyond so many channels', async () => {
    const recent = new MemoryRecent({ maxChannels: 2 })
    await append(recent, 'a')
    await append(recent, 'b')
    await has(recent, 'a')

    await append(recent, 'c')

    expect([await has(recent, 'a'), await has(recent, 'b'), await has(recent, 'c')]).toEqual([
      true,
      false,
      true,
    ])
  })

  it('forgets channels beyond so many bytes, and counts what was replaced no more', async () => {
    const recent = new MemoryRecent({ maxBytes: 1_500 })
    await append(recent, 'a')
    await append(recent, 'b')
    for (let epoch = 0; epoch < 10; epoch += 1) {
      await recent.append([{ channelId: 'b', epoch: String(epoch), events: eventsOf(1, 1, 'b') }])
    }
    expect(await has(recent, 'a')).toBe(true)

    await append(recent, 'c')

    expect(await has(recent, 'a')).toBe(true)
    expect(await recent.read('b', '9', 1, 1)).toBeUndefined()
    expect(await has(recent, 'c')).toBe(true)
  })

  it('counts what it keeps of a channel alone, however much has gone through it', async () => {
    const recent = new MemoryRecent({ maxBytes: 1024 * 1024 })
    for (let from = 1; from < 5_000; from += 100) {
      await recent.append([{ channelId: 'a', epoch: 'e', events: eventsOf(from, from + 99, 'a') }])

      expect(await recent.read('a', 'e', Math.max(1, from - 400), from + 99)).toBeDefined()
    }
  })
})
