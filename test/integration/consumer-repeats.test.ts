import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Candidate } from '../../gen/recado/v1/messages_service.js'
import { Event } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import { MemoryRecent } from '../../ports/recent/memory/memory-recent.js'
import type { Recent } from '../../ports/recent/recent.js'
import { body, ConsumerRig, permitAll, refuse } from '../support/consumer-rig.js'

const range = (count: number) => Array.from({ length: count }, (_, index) => `${index}`)

/** Lets a rig take all that waits in partition 0, then stops it: what follows meets an owner who knows nothing. */
async function storeAll(rig: ConsumerRig): Promise<void> {
  const { history } = rig
  history.calls.length = 0
  rig.start(0)
  await expect.poll(() => rig.queue.depth(0)).toBe(0)
  await rig.stop()
}

/** The next owner of a rig's log; with an empty copy of recent events where none is given. */
function reset(rig: ConsumerRig, recent: Recent = new MemoryRecent()): ConsumerRig {
  const next = new ConsumerRig({ history: rig.history, heads: rig.heads, recent })
  return Object.assign(next, { history: rig.history, heads: rig.heads })
}

/** A copy of recent events that counts its reads, and can be away. */
class CountedRecent extends MemoryRecent {
  reads = 0
  isAway = false

  override async read(...range: Parameters<Recent['read']>): Promise<Event[] | undefined> {
    this.reads += 1
    if (this.isAway) throw new RecadoError('unavailable', 'away')
    return super.read(...range)
  }
}

describe('repeats', () => {
  it('leave every message where it was first sent, whatever is repeated in whichever batches', async () => {
    const message = fc.record({
      channel: fc.constantFrom('c', 'd'),
      text: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    })
    const batches = fc.array(fc.array(message, { maxLength: 12 }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(batches, async (all) => {
        let rig = new ConsumerRig()
        for (const batch of all) {
          for (const { channel, text } of batch) await rig.send(0, channel, text)
          await storeAll(rig)
          rig = reset(rig)
        }
        for (const channel of ['c', 'd']) {
          const sent = all.flat().flatMap((each) => (each.channel === channel ? [each.text] : []))
          expect(rig.history.texts(channel)).toEqual([...new Set(sent)])
          expect(rig.heads.seq(channel)).toBe(new Set(sent).size)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('of a whole batch in one channel cost one refused append and one read', async () => {
    let rig = new ConsumerRig()
    await rig.send(0, 'c', ...range(400))
    await storeAll(rig)
    rig = reset(rig)
    await rig.send(0, 'c', ...range(400))
    await storeAll(rig)

    expect(rig.history.calls).toEqual(['endsPast', 'append', 'find'])
    expect(rig.outcomes.every(({ result }) => result?.$case === 'stored' && result.value.duplicate)).toBe(
      true,
    )
    expect(rig.outcomes).toHaveLength(400)
  })

  it('of what was sent last cost one refused append and one read a channel of the copy, and none of the log', async () => {
    const recent = new CountedRecent()
    let rig = new ConsumerRig({ recent })
    const channels = range(40).map((each) => `channel ${each}`)
    for (const channel of channels) await rig.send(0, channel, ...range(12))
    await storeAll(rig)
    rig = reset(rig, recent)
    for (const channel of channels) await rig.send(0, channel, ...range(12))
    await storeAll(rig)

    expect(rig.history.calls).toEqual(['endsPast', 'append'])
    expect(recent.reads).toBe(40)
    expect(rig.outcomes).toHaveLength(480)
    expect(rig.outcomes.every(({ result }) => result?.$case === 'stored' && result.value.duplicate)).toBe(
      true,
    )
  })

  it('of a crowd are found in the copy before the write, which then has the fresh alone', async () => {
    const recent = new CountedRecent()
    let rig = new ConsumerRig({ recent })
    await rig.send(0, 'c', ...range(500))
    await storeAll(rig)
    rig = reset(rig, recent)
    await rig.send(0, 'c', ...range(500), ...range(400), 'fresh', ...range(99))
    await storeAll(rig)

    expect(rig.history.calls).toEqual(['endsPast', 'append', 'append'])
    expect(rig.history.texts('c').slice(500)).toEqual(['fresh'])
  })

  it('of old messages among new ones are found in the log, where the copy ends before them', async () => {
    const recent = new CountedRecent()
    let rig = new ConsumerRig({ recent })
    await rig.send(0, 'c', ...range(2_000))
    await storeAll(rig)
    rig = reset(rig, recent)
    await rig.send(0, 'c', '3', '1999', '5', 'fresh')
    await storeAll(rig)

    expect(rig.history.calls).toEqual(['endsPast', 'append', 'find', 'append'])
    expect(rig.history.texts('c').slice(2_000)).toEqual(['fresh'])
  })

  it('that are few in a batch make no crowd: the next batch is written without a look', async () => {
    const recent = new CountedRecent()
    let rig = new ConsumerRig({ recent })
    await rig.send(0, 'c', ...range(10))
    await storeAll(rig)
    rig = reset(rig, recent)
    await rig.send(0, 'c', ...range(10), ...range(490).map((text) => `fresh ${text}`))
    await rig.send(0, 'c', ...range(100).map((text) => `fresher ${text}`))
    await storeAll(rig)

    expect(rig.history.texts('c')).toHaveLength(600)
    expect(recent.reads).toBe(1)
  })

  it('of what was deleted since are read from the log, which holds no text of it any more', async () => {
    const recent = new CountedRecent()
    let rig = new ConsumerRig({ recent })
    await rig.send(0, 'c', 'gone', 'kept')
    await storeAll(rig)
    const [gone] = await rig.history.latest('c', 2)
    const what = { $case: 'messageDeleted' as const, value: { id: gone?.id ?? '', deletedAt: undefined } }
    const deletion = {
      id: 'x',
      channelId: 'c',
      seq: 3,
      count: 2,
      attempt: 'x',
      epoch: gone?.epoch ?? '',
      what,
    }
    await rig.history.append([Event.fromPartial(deletion)])
    await recent.append([{ channelId: 'c', epoch: deletion.epoch, events: [Event.fromPartial(deletion)] }])
    rig = reset(rig, recent)
    await rig.send(0, 'c', 'kept', 'gone')
    await storeAll(rig)

    const looks = rig.history.calls.filter((call) => call === 'append' || call === 'find')
    expect(looks).toEqual(['append', 'append', 'find'])
    expect(rig.outcomes.map(({ result }) => result?.$case === 'stored' && result.value.seq)).toEqual([2, 1])
  })

  it('are found in the log while the copy is away', async () => {
    const recent = new CountedRecent()
    let rig = new ConsumerRig({ recent })
    await rig.send(0, 'c', ...range(10))
    await storeAll(rig)
    rig = reset(rig, recent)
    recent.isAway = true
    await rig.send(0, 'c', ...range(10), 'fresh')
    await storeAll(rig)

    expect(rig.history.calls).toEqual(['endsPast', 'append', 'find', 'append'])
    expect(rig.history.texts('c').slice(10)).toEqual(['fresh'])
  })

  it('that come in a crowd cost one read a batch, and no append, until the crowd is over', async () => {
    let rig = new ConsumerRig()
    await rig.send(0, 'c', ...range(1_500))
    await storeAll(rig)
    rig = reset(rig)
    await rig.send(0, 'c', ...range(1_500), ...range(1_000).map((text) => `fresh ${text}`))
    await storeAll(rig)

    const crowd = ['endsPast', 'append', 'find', 'find', 'find']
    expect(rig.history.calls).toEqual([...crowd, 'append', 'append'])
    expect(rig.history.texts('c')).toHaveLength(2_500)
  })

  it('between fresh messages cost one append more', async () => {
    let rig = new ConsumerRig()
    await rig.send(0, 'c', ...range(100))
    await storeAll(rig)
    rig = reset(rig)
    for (const text of range(100)) await rig.send(0, 'c', text, `fresh ${text}`)
    await storeAll(rig)

    expect(rig.history.calls).toEqual(['endsPast', 'append', 'find', 'append'])
    expect(rig.history.texts('c').slice(100)).toEqual(range(100).map((text) => `fresh ${text}`))
  })

  it('in many channels are found in few rounds', async () => {
    let rig = new ConsumerRig()
    const channels = range(64).map((each) => `channel ${each}`)
    for (const channel of channels) await rig.send(0, channel, 'a', 'b')
    await storeAll(rig)
    rig = reset(rig)
    for (const channel of channels) await rig.send(0, channel, 'a', 'fresh', 'b')
    await storeAll(rig)

    expect(rig.history.calls.filter((call) => call === 'append').length).toBeLessThanOrEqual(4)
    expect(rig.history.calls.filter((call) => call === 'find').length).toBeLessThanOrEqual(3)
    expect(channels.map((channel) => rig.history.texts(channel))).toEqual(
      channels.map(() => ['a', 'b', 'fresh']),
    )
  })

  it('that nobody may write any more are looked up by one read, and are repeats still', async () => {
    let rig = new ConsumerRig()
    await rig.send(0, 'c', ...range(50))
    await storeAll(rig)
    const submit = async (asked: readonly Candidate[]) => asked.map(refuse)
    rig = reset(rig)
    rig.deps.validator = { submit }
    await rig.send(0, 'c', ...range(50), 'fresh')
    await storeAll(rig)

    expect(rig.history.calls).toEqual(['find'])
    expect(rig.outcomes.map(({ result }) => result?.$case)).toEqual([
      ...range(50).map(() => 'stored'),
      'refused',
    ])
  })

  it('a new owner of many channels asks once where their logs end', async () => {
    const rig = new ConsumerRig()
    for (const channel of range(200)) await rig.send(0, channel, 'a')
    await storeAll(rig)

    expect(rig.history.calls).toEqual(['endsPast', 'append'])
  })

  it('meet a first one that is in the log but not under the head, as an owner who died leaves it', async () => {
    let rig = new ConsumerRig()
    let isAlive = true
    rig.heads.before = (call) => {
      if (call === 'raise' && isAlive) throw new Error('killed')
    }
    await rig.send(0, 'c', 'a', 'b')
    rig.start(0)
    await expect.poll(() => rig.history.texts('c')).toEqual(['a', 'b'])
    await rig.stop()
    isAlive = false
    rig = reset(rig)
    await rig.send(0, 'c', 'c', 'b', 'a')
    await storeAll(rig)

    expect(rig.history.texts('c')).toEqual(['a', 'b', 'c'])
    expect(rig.heads.seq('c')).toBe(3)
  })

  it('hold up no message of another channel in the batch', async () => {
    let rig = new ConsumerRig()
    await rig.send(0, 'c', 'a')
    await storeAll(rig)
    rig = reset(rig)
    rig.deps.validator = { submit: permitAll }
    await rig.queue.publish(0, body('d', 'x'))
    await rig.send(0, 'c', 'a')
    await rig.queue.publish(0, body('d', 'y'))
    await storeAll(rig)

    expect(rig.history.calls.filter((call) => call === 'append')).toHaveLength(2)
    expect(rig.history.texts('d')).toEqual(['x', 'y'])
  })

  describe('are told from what another owner has written', () => {
    const write = async (rig: ConsumerRig, seq: number, text: string) => {
      const value = { id: text, channelId: 'c', senderId: 'ben', content: text, seq, count: seq }
      const event = { id: text, channelId: 'c', seq, count: seq, attempt: text, epoch: 'e' }
      await rig.history.append([Event.fromPartial({ ...event, what: { $case: 'message', value } })])
    }

    it('behind which the batch goes on', async () => {
      const rig = new ConsumerRig()
      await rig.send(0, 'c', 'a')
      rig.start(0)
      await expect.poll(() => rig.queue.depth(0)).toBe(0)
      await write(rig, 2, 'theirs')

      await rig.send(0, 'c', 'b')
      await expect.poll(() => rig.queue.depth(0)).toBe(0)
      await rig.stop()

      expect(rig.history.texts('c')).toEqual(['a', 'theirs', 'b'])
      expect(rig.said('held until a fault has passed')).toEqual([])
    })

    it('which is waited for where it goes on writing', async () => {
      const rig = new ConsumerRig()
      await rig.send(0, 'c', 'a')
      rig.start(0)
      await expect.poll(() => rig.queue.depth(0)).toBe(0)
      let others = 0
      let isWriting = false
      rig.history.before = async (call) => {
        if (call !== 'append' || isWriting || others >= 8) return
        isWriting = true
        await write(rig, 2 + others, `theirs ${++others}`)
        isWriting = false
      }

      await rig.send(0, 'c', 'b')
      await expect.poll(() => rig.queue.depth(0)).toBe(0)
      await rig.stop()

      expect(rig.history.texts('c').at(-1)).toBe('b')
      expect(rig.history.texts('c')).toHaveLength(10)
      expect(rig.said('held until a fault has passed')).toHaveLength(1)
    })
  })
})
