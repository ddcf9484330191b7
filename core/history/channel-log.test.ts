import { expect, it } from 'vitest'
import { Event } from '../../gen/recado/v1/types.js'
import { createLog } from '../../lib/log.js'
import { MemoryRecent } from '../../ports/recent/memory/memory-recent.js'
import { RECENT_EVENTS, type Recent } from '../../ports/recent/recent.js'
import { MemoryHistory } from '../../test/support/memory/memory-history.js'
import { ChannelLog } from './channel-log.js'

/** A copy that counts its reads, and can be away. */
class CountedRecent extends MemoryRecent {
  reads = 0
  isAway = false

  override async read(...range: Parameters<Recent['read']>): Promise<Event[] | undefined> {
    this.reads += 1
    if (this.isAway) throw new Error('away')
    return super.read(...range)
  }
}

const HEAD = RECENT_EVENTS + 100

/** A channel with events 1 to {@link HEAD}, of which the copy holds the latest. */
async function setUp() {
  const [history, recent] = [new MemoryHistory(), new CountedRecent()]
  const events = Array.from({ length: HEAD }, (_, at) => {
    const seq = at + 1
    const value = { id: `${seq}`, channelId: 'c', senderId: 'ana', content: 'x', seq, count: seq }
    const what = { $case: 'message' as const, value }
    return Event.fromPartial({ id: `${seq}`, channelId: 'c', seq, count: seq, epoch: 'e', what })
  })
  await history.append(events)
  await recent.append([{ channelId: 'c', epoch: 'e', events }])
  const log = createLog({ level: 'silent', program: 'test' })
  const channelLog = new ChannelLog({ history, recent, log })
  const read = async (since: number) =>
    (await channelLog.events({ channelId: 'c', epoch: 'e', headSeq: HEAD }, since, 10)).map(({ seq }) => seq)
  return { read, recent }
}

const tenAfter = (since: number) => Array.from({ length: 10 }, (_, at) => since + at + 1)

it('asks the copy for what it can hold, and for nothing older', async () => {
  const { read, recent } = await setUp()

  expect(await read(HEAD - RECENT_EVENTS)).toEqual(tenAfter(HEAD - RECENT_EVENTS))
  expect(recent.reads).toBe(1)
  expect(await read(HEAD - RECENT_EVENTS - 1)).toEqual(tenAfter(HEAD - RECENT_EVENTS - 1))
  expect(recent.reads).toBe(1)
})

it('reads the log while the copy is away', async () => {
  const { read, recent } = await setUp()
  recent.isAway = true

  expect(await read(HEAD - 50)).toEqual(tenAfter(HEAD - 50))
  expect(recent.reads).toBe(1)
})
