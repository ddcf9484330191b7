import { describe, expect, it } from 'vitest'
import { StreamDeliveriesResponse } from '../../gen/recado/v1/deliveries_service.js'
import { Message, type Event, type Outcome } from '../../gen/recado/v1/types.js'
import { encodeEvents } from '../../contract/events.js'
import { encodeFrames, encodeInForce } from './frames.js'

function event(seq: number, content = `text ${seq} 🙂`): Event {
  const value = { id: `m${seq}`, channelId: 'c', senderId: 'ana', content, seq, count: seq, nonce: 'n' }
  const timestamp = '2026-01-01T00:00:00.123Z'
  const what = { $case: 'message' as const, value: Message.fromPartial({ ...value, timestamp }) }
  return { id: `m${seq}`, channelId: 'c', seq, count: seq, attempt: `a${seq}`, epoch: 'e', what }
}

const outcome = (seq: number): Outcome => ({
  id: `m${seq}`,
  channelId: 'c',
  attempt: `a${seq}`,
  result: {
    $case: 'stored',
    value: { seq, timestamp: '2026-01-01T00:00:00.123Z', duplicate: seq % 2 === 0 },
  },
})

const list = <T>(count: number, make: (seq: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index + 1))

describe('frames', () => {
  it('read as the contract has them', () => {
    const [events, outcomes] = [list(3, event), list(2, outcome)]

    const frames = encodeFrames(encodeEvents(events), outcomes)

    expect(frames.map((frame) => StreamDeliveriesResponse.decode(frame))).toEqual(
      frames.map(() =>
        StreamDeliveriesResponse.decode(
          StreamDeliveriesResponse.encode({ inForce: '0', events, outcomes, activity: [] }).finish(),
        ),
      ),
    )
    expect(frames).toHaveLength(1)
  })

  it('are no larger than 1 MiB and lose nothing of a large batch', () => {
    const [events, outcomes] = [list(500, (seq) => event(seq, '🙂'.repeat(4_000))), list(500, outcome)]

    const frames = encodeFrames(encodeEvents(events), outcomes)

    expect(frames.length).toBeGreaterThan(7)
    expect(Math.max(...frames.map(({ length }) => length))).toBeLessThanOrEqual(1024 * 1024)
    const read = frames.map((frame) => StreamDeliveriesResponse.decode(frame))
    expect(read.flatMap((frame) => frame.events.map(({ seq }) => seq))).toEqual(list(500, (seq) => seq))
    expect(read.flatMap((frame) => frame.outcomes.map(({ id }) => id))).toEqual(list(500, (seq) => `m${seq}`))
  })

  it('hold an event alone that is larger than a frame', () => {
    const events = [event(1, 'x'.repeat(1_200_000)), event(2)]

    const frames = encodeFrames(encodeEvents(events), []).map((frame) =>
      StreamDeliveriesResponse.decode(frame),
    )

    expect(frames.map((frame) => frame.events.map(({ seq }) => seq))).toEqual([[1], [2]])
  })

  it('are none for nothing', () => {
    expect(encodeFrames([], [])).toEqual([])
  })

  it('say that a change of interest is in force', () => {
    expect(StreamDeliveriesResponse.decode(encodeInForce('7'))).toMatchObject({ inForce: '7', events: [] })
  })
})
