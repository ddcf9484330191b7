import { describe, expect, it } from 'vitest'
import { MAX_PAYLOAD_BYTES } from './limits.js'
import { decodePayload, encodePayload } from './payload.js'

const four = {
  sender_id: '123',
  channel_id: '456',
  message: 'Olá, mundo!',
  timestamp: '2025-01-03T12:00:00Z',
}
const body = (change: object = {}) => Buffer.from(JSON.stringify({ ...four, ...change }))
const refusal = (bytes: Buffer): unknown => {
  try {
    return { decoded: decodePayload(bytes) }
  } catch (error) {
    return error
  }
}

describe('a payload', () => {
  it('of four fields is enough', () => {
    expect(decodePayload(body())).toEqual({
      senderId: '123',
      channelId: '456',
      command: { $case: 'message', value: 'Olá, mundo!' },
      timestamp: '2025-01-03T12:00:00.000Z',
      nonce: undefined,
      replyTo: undefined,
      attempt: '',
      origin: '',
      moderated: false,
      traceparent: '',
    })
  })

  it('reads back as it was written', () => {
    const payload = decodePayload(
      body({
        nonce: 'n\ud83d\ude42',
        reply_to: 'r',
        attempt: 'a',
        origin: 'o',
        moderated: true,
        traceparent: 't',
      }),
    )

    expect(decodePayload(encodePayload(payload))).toEqual(payload)
  })

  it('keeps its data exactly as it was written', () => {
    const data =
      '{ "id" : 12345678901234567890, "n": 1.0, "toString": 0, "valueOf": 1, "data": [1e400, "\\u0000\\ud800"] }'
    const written = `{"data": ${data}, ${JSON.stringify(four).slice(1)}`

    const payload = decodePayload(Buffer.from(written))

    expect(payload.data).toBe(data)
    expect(decodePayload(encodePayload(payload))).toEqual(payload)
  })

  it.each([
    ['edit', { id: 'm', content: 'Olá' }, { id: 'm', content: 'Olá', data: undefined }],
    ['edit', { id: 'm', content: 'x', more: 1 }, { id: 'm', content: 'x', data: undefined }],
    ['append', { id: 'm', text: ' and' }, { id: 'm', text: ' and', final: false }],
    ['append', { id: 'm', text: '', final: true }, { id: 'm', text: '', final: true }],
    ['delete', { id: 'm' }, { id: 'm' }],
    ['react', { id: 'm', emoji: '👍' }, { id: 'm', emoji: '👍', remove: false }],
    ['react', { id: 'm', emoji: 'yes', remove: true }, { id: 'm', emoji: 'yes', remove: true }],
  ])('may ask for another command: %s %j', (name, written, read) => {
    const payload = decodePayload(body({ message: undefined, [name]: written, nonce: 'n', data: { a: 1 } }))

    expect(payload.command).toEqual({ $case: name, value: read })
    expect(decodePayload(encodePayload(payload))).toEqual(payload)
  })

  it('keeps the data of an edit exactly as it was written', () => {
    const data = '{ "id" : 12345678901234567890, "toString": 0, "data": {"edit": 1e400} }'
    const fields = JSON.stringify({ ...four, message: undefined }).slice(1)
    const written = `{"edit": {"data": ${data}, "id":"m", "content":"x"}, ${fields}`

    const payload = decodePayload(Buffer.from(written))

    expect(payload.command).toEqual({ $case: 'edit', value: { id: 'm', content: 'x', data } })
    expect(decodePayload(encodePayload(payload))).toEqual(payload)
  })

  it('is a message where it has one, whatever else stands beside it', () => {
    const payload = decodePayload(body({ edit: 'by Ana', delete: 1, react: { id: 'm', emoji: '👍' } }))

    expect(payload).toEqual(decodePayload(body()))
  })

  it('may have fields that are unknown here', () => {
    expect(decodePayload(body({ unknown: [1], senderId: 'x', __proto__: 1 }))).toEqual(decodePayload(body()))
  })

  it.each([
    ['not JSON', Buffer.from('{"sender_id":'), 'not JSON'],
    ['nothing', Buffer.alloc(0), 'not JSON'],
    ['no object', Buffer.from('[1]'), 'must be object'],
    ['without a channel', body({ channel_id: undefined }), 'channel_id'],
    ['with an empty id', body({ channel_id: '' }), 'channel_id'],
    ['with an id of 129 characters', body({ sender_id: 'x'.repeat(129) }), 'sender_id'],
    ['with an id of half a character', body({ reply_to: '\ud800' }), 'reply_to'],
    ['with U+0000 in an id', body({ origin: 'a\0b' }), 'origin'],
    ['with an attempt that is no text', body({ attempt: 5 }), 'attempt'],
    ['with a nonce of 65 characters', body({ nonce: 'n'.repeat(65) }), 'nonce'],
    ['with null for what is optional', body({ nonce: null }), 'nonce'],
    ['without a time', body({ timestamp: undefined }), 'timestamp'],
    ['with a leap second', body({ timestamp: '2016-12-31T23:59:60Z' }), 'timestamp'],
    ['with a list for data', body({ data: [] }), 'data'],
    ['with more than 8 KiB of data', body({ data: { text: 'x'.repeat(8_200) } }), 'data'],
    [
      'with a day that is not there for the sender’s clock',
      body({ sent_at: '2025-02-30T00:00:00Z' }),
      'sent_at',
    ],
    ['with a number for a time', body({ timestamp: 1_735_905_600 }), 'timestamp'],
    ['of an edit without an id', body({ message: undefined, edit: { content: 'x' } }), '/edit'],
    [
      'of an edit of no message',
      body({ message: undefined, edit: { id: '\ud800', content: 'x' } }),
      '/edit/id',
    ],
    [
      'of an edit whose text is no text',
      body({ message: undefined, edit: { id: 'm', content: 1 } }),
      '/edit',
    ],
    [
      'of an edit with more than 8 KiB of data',
      body({ message: undefined, edit: { id: 'm', content: 'x', data: { text: 'x'.repeat(8_200) } } }),
      'data',
    ],
    ['of a deletion that is no object', body({ message: undefined, delete: 'm' }), '/delete'],
    ['of a blank emoji', body({ message: undefined, react: { id: 'm', emoji: ' ' } }), '/react/emoji'],
    ['of no command', body({ message: undefined, unknown: {} }), 'message'],
    ['with a byte order mark', Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), body()]), 'not JSON'],
    ['in UTF-16', Buffer.from(JSON.stringify(four), 'utf16le'), 'not UTF-8'],
    ['in Latin-1', Buffer.from(JSON.stringify(four), 'latin1'), 'not UTF-8'],
    ['with half a surrogate pair in its bytes', withBytes(0xed, 0xa0, 0x80), 'not UTF-8'],
    ['with a character that is cut', withBytes(0xf0, 0x9f, 0x99), 'not UTF-8'],
    ['with an overlong character', withBytes(0xc0, 0x80), 'not UTF-8'],
  ])('is refused: %s', (_what, bytes, word) => {
    expect(refusal(bytes)).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining(word) as string,
    })
  })

  it('is refused beyond its size, before it is read', () => {
    const largest = body({ unknown: 'x'.repeat(MAX_PAYLOAD_BYTES - body({ unknown: '' }).length) })
    const tooLarge = Buffer.alloc(MAX_PAYLOAD_BYTES + 1, 0xff)

    expect(decodePayload(largest).senderId).toBe('123')
    expect(refusal(tooLarge)).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('more than 262144 bytes') as string,
    })
  })
})

/** A payload whose text holds these bytes as they are. */
function withBytes(...bytes: number[]): Buffer {
  const [before, after] = JSON.stringify({ ...four, message: '|' }).split('|') as [string, string]
  return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)])
}
