import { describe, expect, it } from 'vitest'
import { Message, type Event } from '../gen/recado/v1/types.js'
import { fold, foldMessages, hasReacted, toState } from './folding.js'

const place = { channelId: 'c', epoch: 'e', attempt: 'a', count: 1 }
const at = '2026-01-01T00:00:05.000Z'

function event(seq: number, what: Event['what']): Event {
  return { ...place, id: `e${seq}`, seq, what }
}

function written(seq: number, content = 'hello'): Event & { what: { value: Message } } {
  const value = Message.fromPartial({
    id: `e${seq}`,
    channelId: 'c',
    senderId: 'ana',
    content,
    seq,
    count: 1,
  })
  return { ...event(seq, undefined), what: { $case: 'message', value } } as Event & {
    what: { value: Message }
  }
}

const react = (seq: number, userId: string, emoji: string, of = 'e1') =>
  event(seq, { $case: 'reactionAdded', value: { id: of, userId, emoji, changedAt: at } })
const unreact = (seq: number, userId: string, emoji: string, of = 'e1') =>
  event(seq, { $case: 'reactionRemoved', value: { id: of, userId, emoji, changedAt: at } })

describe('folding', () => {
  it('sets reactions, in the order of the first of each', () => {
    const events = [
      react(2, 'bo', '👍'),
      react(3, 'cy', '🎉'),
      react(4, 'ana', '👍'),
      react(5, 'ana', '👍'),
      unreact(6, 'bo', '👍'),
      react(7, 'bo', '👍'),
      unreact(8, 'cy', '🎉'),
      unreact(9, 'cy', '🎉'),
    ]

    const [message] = foldMessages([written(1), ...events])

    expect(message?.reactions).toEqual([{ emoji: '👍', userIds: ['ana', 'bo'] }])
    expect(hasReacted(message!, { userId: 'bo', emoji: '👍' })).toBe(true)
    expect(hasReacted(message!, { userId: 'cy', emoji: '🎉' })).toBe(false)
  })

  it('takes an update whole, and remembers where texts are', () => {
    const first = written(1)
    const value = { ...first.what.value, content: 'hello, world', editedAt: at, mentions: ['bo'] }
    const updated = event(4, { $case: 'messageUpdated', value })

    const state = fold(toState(first.what.value), updated)

    expect(state).toEqual({ message: value, changedSeq: 4, updateSeqs: [4] })
  })

  it('leaves of a deleted message its place alone, whatever comes after', () => {
    const first = written(1)
    const message = {
      ...first.what.value,
      data: '{}',
      mentions: ['bo'],
      mentionsEveryone: true,
      replyTo: 'r',
    }
    const deleted = event(3, { $case: 'messageDeleted', value: { id: 'e1', userId: 'mo', deletedAt: at } })

    const state = [react(2, 'bo', '👍'), deleted].reduce(fold, toState(message))

    const blank = { content: '', data: undefined, mentions: [], mentionsEveryone: false, reactions: [] }
    expect(state.message).toEqual({ ...message, ...blank, deletedAt: at })
    expect(state.changedSeq).toBe(3)
  })

  it('changes nothing by what is held already', () => {
    const events = [react(2, 'bo', '👍'), unreact(3, 'bo', '👍'), react(4, 'cy', '👍')]
    const start = toState(written(1).what.value)
    const state = events.reduce(fold, start)

    expect(events.reduce(fold, state)).toBe(state)
  })

  it('keeps messages apart, and leaves out changes of those that are not there', () => {
    const messages = foldMessages([
      react(1, 'bo', '👍', 'e0'),
      written(2, 'two'),
      written(3, 'three'),
      react(4, 'bo', '👍', 'e3'),
      event(5, undefined),
    ])

    expect(messages.map(({ content, reactions }) => [content, reactions.length])).toEqual([
      ['two', 0],
      ['three', 1],
    ])
  })
})
