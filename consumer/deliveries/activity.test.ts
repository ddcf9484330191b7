import { expect, it } from 'vitest'
import { encodeEvents } from '../../contract/events.js'
import { StreamDeliveriesResponse } from '../../gen/recado/v1/deliveries_service.js'
import { Event } from '../../gen/recado/v1/types.js'
import { Activity } from './activity.js'

const stored = (channelId: string, seq: number, senderId: string, serverId?: string) =>
  Event.fromPartial({
    id: `${channelId} ${seq}`,
    channelId,
    seq,
    count: seq,
    what: {
      $case: 'message',
      value: { channelId, seq, count: seq, senderId, ...(serverId && { serverId }) },
    },
  })

function setUp() {
  const activity = new Activity()
  const heard: unknown[] = []
  const reader = {
    tellActivity: (frames: readonly Buffer[]) =>
      heard.push(...frames.flatMap((frame) => StreamDeliveriesResponse.decode(frame).activity)),
  }
  activity.add(reader)
  return { activity, heard, reader }
}

it('tells each channel once, with the latest and with everybody who wrote', () => {
  const { activity, heard } = setUp()

  activity.note(
    encodeEvents([stored('a', 4, 'ana', 's'), stored('a', 5, 'bo', 's'), stored('a', 6, 'ana', 's')]),
  )
  activity.note(encodeEvents([stored('d', 1, 'cem'), stored('a', 5, 'bo', 's')]))
  activity.flush()
  activity.flush()

  expect(heard).toEqual([
    {
      channelId: 'a',
      serverId: 's',
      seq: 6,
      count: 6,
      senders: [
        { userId: 'ana', seq: 6 },
        { userId: 'bo', seq: 5 },
      ],
    },
    { channelId: 'd', serverId: '', seq: 1, count: 1, senders: [{ userId: 'cem', seq: 1 }] },
  ])
})

it('leaves changes out, and those who have gone', () => {
  const { activity, heard, reader } = setUp()
  const change = Event.fromPartial({
    channelId: 'a',
    seq: 7,
    what: { $case: 'messageDeleted', value: { id: 'm' } },
  })

  activity.note(encodeEvents([change]))
  activity.flush()
  activity.remove(reader)
  activity.note(encodeEvents([stored('a', 8, 'ana')]))
  activity.flush()

  expect(heard).toEqual([])
})
