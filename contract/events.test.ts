import { expect, it } from 'vitest'
import { Event, Message } from '../gen/recado/v1/types.js'
import { encodeEvent } from './events.js'

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

it('an event is encoded as the contract has it, and once', () => {
  const [short, long] = [event('Olá 🙂'), event('x'.repeat(4_000))]
  expect([short, long].map((each) => Event.decode(encodeEvent(each)))).toEqual(
    [short, long].map((each) => Event.decode(Event.encode(each).finish())),
  )
  expect(encodeEvent(short)).toBe(encodeEvent(short))
})

it('one that cannot be encoded leaves nothing in the next', () => {
  const broken = event('x')
  expect(() => encodeEvent({ ...broken, seq: 0.5 })).toThrow()
  expect(Event.decode(encodeEvent(event('next'))).what?.value).toMatchObject({ content: 'next' })
})
