import { expect, it } from 'vitest'
import { Event, Message } from '../gen/recado/v1/types.js'
import { encodeEach, encodeEvents } from './events.js'

function event(content: string): Event {
  const value = Message.fromPartial({ id: 'm', channelId: 'c', senderId: 'ana', content, seq: 1, count: 1 })
  return {
    id: 'm',
    channelId: 'c',
    seq: 1,
    count: 1,
    attempt: 'a',
    epoch: 'e',
    what: { $case: 'message', value },
  }
}

it('events are encoded as the contract has them, in their order', () => {
  const events = [event('Olá 🙂'), event('x'.repeat(4_000)), event('')]

  const encoded = encodeEvents(events)

  expect(encoded.map((each) => each.event)).toEqual(events)
  expect(encoded.map(({ bytes }) => Buffer.from(bytes))).toEqual(
    events.map((each) => Buffer.from(Event.encode(each).finish())),
  )
  expect(encodeEvents([])).toEqual([])
})

it('what was encoded stays as it is when more is', () => {
  const [first] = encodeEach(Event, [event('first')])
  encodeEach(Event, [event('second'), event('third')])

  expect(Event.decode(first!).what?.value).toMatchObject({ content: 'first' })
})

it('one that cannot be encoded leaves nothing in the next', () => {
  const broken = event('x')
  expect(() => encodeEvents([broken, { ...broken, seq: 0.5 }])).toThrow()
  const [next] = encodeEvents([event('next')])
  expect(Event.decode(next!.bytes).what?.value).toMatchObject({ content: 'next' })
})
