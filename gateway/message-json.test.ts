import { expect, it } from 'vitest'
import { Message } from '../gen/recado/v1/types.js'
import { JsonText } from '../lib/json-text.js'
import { toMessageJson, toMessageText } from './message-json.js'

const stored = {
  id: 'm1',
  channelId: 'c1',
  senderId: 'u1',
  content: '',
  timestamp: '2026-01-03T12:00:00.007Z',
  seq: 9,
  count: 4,
}
const json = {
  id: 'm1',
  channel_id: 'c1',
  sender_id: 'u1',
  content: '',
  timestamp: '2026-01-03T12:00:00.007Z',
  seq: 9,
  count: 4,
}

/** Through protobuf, as it comes from core. */
const received = (message: Partial<Message>) =>
  Message.decode(Message.encode(Message.fromPartial(message)).finish())

it('leaves out what a message does not have, and keeps an empty text', () => {
  expect(toMessageJson(received(stored))).toStrictEqual(json)
})

it('shows everything that a message has', () => {
  const message = received({
    ...stored,
    content: 'Olá',
    serverId: 's1',
    nonce: 'n1',
    replyTo: 'm0',
    data: '{"a":[1]}',
    sentAt: '2026-01-03T11:59:59.000Z',
  })

  expect(toMessageJson(message)).toStrictEqual({
    ...json,
    content: 'Olá',
    server_id: 's1',
    nonce: 'n1',
    reply_to: 'm0',
    data: new JsonText('{"a":[1]}'),
    sent_at: '2026-01-03T11:59:59.000Z',
  })
})

it('writes its data as it was sent', () => {
  const message = (data?: string) => received({ ...stored, data })

  expect(toMessageText(message())).toBe(JSON.stringify(json))
  expect(toMessageText(message('{"id": 12345678901234567890}'))).toBe(
    JSON.stringify(json).replace('}', ',"data":{"id": 12345678901234567890}}'),
  )
})
