import { expect, it } from 'vitest'
import { Event, Message } from '../../gen/recado/v1/types.js'
import { foldEvents } from './indexed-messages.js'

const message = (id: string, content: string, fields: Partial<Message> = {}): Message => ({
  ...Message.fromJSON({}),
  id,
  channelId: 'k',
  serverId: 's',
  senderId: 'ana',
  timestamp: '2026-01-02T03:04:05.678Z',
  content,
  ...fields,
})
const event = (what: Event['what']): Event => ({ ...Event.fromJSON({}), what })
const made = (id: string, content: string, fields?: Partial<Message>) =>
  event({ $case: 'message', value: message(id, content, fields) })
const changed = (id: string, content: string) =>
  event({ $case: 'messageUpdated', value: message(id, content) })
const deleted = (id: string) =>
  event({ $case: 'messageDeleted', value: { id, userId: 'ana', deletedAt: undefined } })
const reacted = (id: string) =>
  event({ $case: 'reactionAdded', value: { id, userId: 'bo', emoji: '👍', changedAt: undefined } })

it('keeps the words of a message, where it stands, who wrote it and when', () => {
  expect(foldEvents([made('m', 'Olá!')])).toEqual({
    messages: [
      {
        id: 'm',
        channelId: 'k',
        authorId: 'ana',
        marks: ['c:k', 's:s', 'a:ana'],
        sentAt: '2026-01-02T03:04:05.678Z',
        text: 'ola',
      },
    ],
    removedIds: [],
  })
  expect(foldEvents([made('m', 'hi', { serverId: undefined })]).messages[0]?.marks).toEqual(['c:k', 'a:ana'])
})

it('takes the last state of each, whatever came between', () => {
  const { messages, removedIds } = foldEvents([
    made('a', 'one'),
    made('b', 'two'),
    changed('a', 'three'),
    reacted('a'),
    deleted('b'),
    changed('c', 'four'),
    deleted('d'),
  ])

  expect(messages.map(({ id, text }) => [id, text])).toEqual([
    ['a', 'three'],
    ['c', 'four'],
  ])
  expect(removedIds).toEqual(['b', 'd'])
})

it('has nothing of what is deleted or unknown, and no words of what has none', () => {
  const events = [made('a', '🎈'), made('b', '', { deletedAt: '2026-01-02T03:04:05.678Z' }), event(undefined)]
  expect(foldEvents(events)).toMatchObject({
    messages: [{ id: 'a', authorId: 'ana', text: '' }],
    removedIds: ['b'],
  })
})
