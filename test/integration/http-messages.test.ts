import { EventEmitter, once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ErrorCode } from '../../gen/recado/v1/types.js'
import type { SendMessage } from '../../gateway/sending/send-message.js'
import type { Fresh } from '../support/adapters.js'
import { ask, makeServer, signUp, type SignedUp } from '../support/http-client.js'
import { startHttpFace, startHttpVariant, type HttpFace } from '../support/http-face.js'

let face: Fresh<HttpFace>
let url: string
let sender: SignedUp
let stranger: SignedUp
beforeAll(async () => {
  face = await startHttpFace()
  url = face.value.url
  sender = await signUp(url)
  stranger = await signUp(url)
}, 60_000)
afterAll(() => face.drop())

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const text = expect.stringMatching(/./)
const send = (body: object, by = sender) => ask(url, 'POST /messages', { token: by.token, body })
const read = (query: string, by = sender) => ask(url, `GET /history?${query}`, { token: by.token })

describe('POST /messages', () => {
  it('answers with the message once it is stored', async () => {
    const { id: server_id, channelId: channel_id } = await makeServer(url, sender)

    const { status, body } = await send({ channel_id, content: 'Olá, mundo! 🦜', nonce: 'n1' })

    expect(status).toBe(201)
    expect(body).toEqual({
      message: {
        id: text,
        channel_id,
        server_id,
        sender_id: sender.id,
        content: 'Olá, mundo! 🦜',
        timestamp: time,
        seq: 1,
        count: 1,
        nonce: 'n1',
      },
    })
    expect((await read(`channel_id=${channel_id}`)).body.messages).toEqual([body.message])
  })

  it('carries the message that is answered', async () => {
    const { channelId: channel_id } = await makeServer(url, sender)
    const first = await send({ channel_id, content: 'one' })

    const { body } = await send({ channel_id, content: 'two', reply_to: first.body.message.id })

    expect(body.message).toMatchObject({ seq: 2, count: 2, reply_to: first.body.message.id })
    expect(body.message).not.toHaveProperty('nonce')
  })

  it('answers a repeat with the first one, and marks it', async () => {
    const { channelId: channel_id } = await makeServer(url, sender)
    const first = await send({ channel_id, content: 'once', nonce: 'same' })

    const again = await send({ channel_id, content: 'twice', nonce: 'same' })

    expect(again.status).toBe(201)
    expect(again.body).toEqual({ ...first.body, duplicate: true })
    expect(first.body).not.toHaveProperty('duplicate')
    expect((await read(`channel_id=${channel_id}`)).body.head.seq).toBe(1)
  })

  it('takes the header Idempotency-Key for a nonce where none is given', async () => {
    const { channelId: channel_id } = await makeServer(url, sender)
    const sendBy = (key: string, body: object) =>
      ask(url, 'POST /messages', { token: sender.token, headers: { 'idempotency-key': key }, body })
    const first = await sendBy('k1', { channel_id, content: 'once' })

    const again = await sendBy('k1', { channel_id, content: 'twice' })
    const named = await sendBy('k1', { channel_id, content: 'another', nonce: 'n1' })
    const long = await sendBy('k'.repeat(65), { channel_id, content: 'x' })

    expect(again.body).toEqual({ ...first.body, duplicate: true })
    expect(named.body.message).toMatchObject({ seq: 2, nonce: 'n1' })
    expect(long.status).toBe(400)
    expect(long.body.error.details).toHaveProperty('idempotency-key')
  })

  it('gives messages at once one order', async () => {
    const { channelId: channel_id } = await makeServer(url, sender)

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => send({ channel_id, content: `${n}` })),
    )

    expect(answers.map(({ body }) => body.message.seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, n) => n + 1),
    )
  })

  it.each<[string, object, string[]]>([
    ['no target', { content: 'x' }, ['channel_id']],
    ['no content', { channel_id: 'x' }, ['content']],
    ['two targets', { channel_id: 'x', user_id: 'y', content: 'x' }, ['channel_id', 'user_id']],
    ['a content that is no text', { channel_id: 'x', content: { text: 'x' } }, ['content']],
    ['a nonce that is no text', { channel_id: 'x', content: 'x', nonce: 1 }, ['nonce']],
    ['an unknown field', { channel_id: 'x', content: 'x', silent: true }, ['silent']],
    ['a lone surrogate', { channel_id: 'x', content: 'a\ud83e' }, ['content']],
  ])('refuses %s and names the fields', async (_case, given, fields) => {
    const { status, body } = await send(given)

    expect(status).toBe(400)
    expect(body.error).toMatchObject({ code: 'invalid_argument', retryable: false })
    expect(Object.keys(body.error.details)).toEqual(fields)
  })

  it.each([
    ['a blank text', { content: ' \n' }],
    ['a text of 4,001 characters', { content: 'x'.repeat(4_001) }],
    ['a text with U+0000', { content: 'a\0b' }],
    ['an empty nonce', { content: 'x', nonce: '' }],
    ['a nonce of 65 characters', { content: 'x', nonce: 'n'.repeat(65) }],
  ])('refuses %s', async (_case, given) => {
    const { channelId: channel_id } = await makeServer(url, sender)

    const { status, body } = await send({ channel_id, ...given })

    expect(status).toBe(400)
    expect(body.error.code).toBe('invalid_argument')
    expect((await read(`channel_id=${channel_id}`)).body.head.seq).toBe(0)
  })

  it('refuses who may not write there, and does not tell whether the channel is there', async () => {
    const { channelId: channel_id } = await makeServer(url, sender)

    const foreign = await send({ channel_id, content: 'x' }, stranger)
    const missing = await send({ channel_id: 'nothing', content: 'x' }, stranger)

    expect(foreign.status).toBe(404)
    expect(missing.status).toBe(404)
    expect(missing.body.error.code).toBe(foreign.body.error.code)
  })

  it('refuses what moderation forbids', async () => {
    const { id, channelId: channel_id } = await makeServer(url, sender)
    await ask(url, `PUT /servers/${id}/moderation`, {
      token: sender.token,
      body: { blocked_words: ['spam'] },
    })

    const { status, body } = await send({ channel_id, content: 'Buy SPAM!' })

    expect(status).toBe(403)
    expect(body.error.code).toBe('permission_denied')
  })

  it.each<[string, () => Promise<never>]>([
    ['is not stored in time', () => new Promise(() => undefined)],
    ['is lost from sight', () => Promise.reject(new Error('lost'))],
  ])('answers 202 when the message is accepted and %s', async (_case, outcome) => {
    const slow: SendMessage = async () => ({ ...accepted, outcome: outcome() })
    const config = { storeTimeoutMs: 20 }
    const variant = await startHttpVariant(face.value.places, { send: slow, config })

    const { status, body } = await ask(variant.value, 'POST /messages', {
      token: sender.token,
      body: { channel_id: 'c1', content: 'x', nonce: 'n1' },
    })
    await variant.drop()

    expect(status).toBe(202)
    expect(body).toEqual({
      message: {
        id: 'm1',
        channel_id: 'c1',
        sender_id: sender.id,
        content: 'x',
        timestamp: '2026-01-03T12:00:00.000Z',
        nonce: 'n1',
      },
      state: 'accepted',
    })
  })

  it('names the session, so that what it has in the queue is refused once it is signed out', async () => {
    const handed: (string | undefined)[] = []
    const send: SendMessage = async (draft) => {
      handed.push(draft.sessionId)
      return { ...accepted, outcome: new Promise(() => undefined) }
    }
    const variant = await startHttpVariant(face.value.places, { send, config: { storeTimeoutMs: 1 } })

    await ask(variant.value, 'POST /messages', {
      token: sender.token,
      body: { channel_id: 'c1', content: 'x' },
    })
    await variant.drop()

    const claims = JSON.parse(Buffer.from(sender.token.split('.')[1] ?? '', 'base64url').toString())
    expect(handed).toEqual([claims.sid])
  })

  it('answers with the refusal of a message that was accepted', async () => {
    const refused = {
      code: ErrorCode.ERROR_CODE_PERMISSION_DENIED,
      reason: 'NOT_FOUND',
      message: 'You were removed.',
    }
    const outcome = {
      id: 'm1',
      channelId: 'c1',
      attempt: 'a1',
      result: { $case: 'refused' as const, value: refused },
    }
    const refusing: SendMessage = async () => ({ ...accepted, outcome: Promise.resolve(outcome) })
    const variant = await startHttpVariant(face.value.places, { send: refusing })

    const { status, body } = await ask(variant.value, 'POST /messages', {
      token: sender.token,
      body: { channel_id: 'c1', content: 'x' },
    })
    await variant.drop()

    expect(status).toBe(403)
    expect(body.error).toMatchObject({
      code: 'permission_denied',
      reason: 'NOT_FOUND',
      message: 'You were removed.',
      retryable: false,
    })
  })

  it('goes on when the client goes away before its message is stored', async () => {
    const events = new EventEmitter()
    const handed = once(events, 'handed')
    const lost = once(events, 'lost').then(() => Promise.reject(new Error('lost')))
    const slow: SendMessage = async () => {
      events.emit('handed')
      return { ...accepted, outcome: lost }
    }
    const variant = await startHttpVariant(face.value.places, { send: slow })
    const client = new AbortController()
    const request = fetch(`${variant.value}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${sender.token}` },
      body: JSON.stringify({ channel_id: 'c1', content: 'bye' }),
      signal: client.signal,
    })

    await handed
    client.abort()
    await expect(request).rejects.toThrow()
    events.emit('lost')

    expect((await ask(variant.value, 'GET /users/me', { token: sender.token })).status).toBe(200)
    await variant.drop()
  })
})

const accepted = { id: 'm1', channelId: 'c1', timestamp: '2026-01-03T12:00:00.000Z' }

describe('GET /history', () => {
  let channel_id: string
  beforeAll(async () => {
    channel_id = (await makeServer(url, sender)).channelId
    for (let n = 1; n <= 9; n++) await send({ channel_id, content: `m${n}` })
  })

  it.each([
    ['', ['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9'], false],
    ['limit=3', ['m7', 'm8', 'm9'], true],
    ['before=4', ['m1', 'm2', 'm3'], false],
    ['before=4&limit=2', ['m2', 'm3'], true],
    ['before=0', [], false],
    ['after=0&limit=2', ['m1', 'm2'], true],
    ['after=7', ['m8', 'm9'], false],
    ['after=9', [], false],
    ['around=5&limit=3', ['m4', 'm5', 'm6'], true],
  ])('with ?%s reads %j', async (query, contents, has_more) => {
    const { status, body } = await read(`channel_id=${channel_id}&${query}`)

    expect(status).toBe(200)
    expect(body.messages.map(({ content }: { content: string }) => content)).toEqual(contents)
    expect(body).toMatchObject({ head: { epoch: text, seq: 9 }, has_more })
  })

  it('of an empty channel has a head', async () => {
    const { channelId } = await makeServer(url, sender)

    const { body } = await read(`channel_id=${channelId}`)

    expect(body).toEqual({ messages: [], head: { epoch: text, seq: 0 }, has_more: false })
  })

  it.each([
    ['limit=0', ['limit']],
    ['limit=101', ['limit']],
    ['limit=ten', ['limit']],
    ['limit=1.5', ['limit']],
    ['limit=', ['limit']],
    ['before=-1', ['before']],
    ['after=99999999999999999999', ['after']],
    ['before=1&after=1', ['before', 'after']],
    ['around=1&after=1', ['after', 'around']],
    ['page=2', ['page']],
    ['limit=1&limit=2', ['limit']],
  ])('refuses ?%s and names the parameters', async (query, fields) => {
    const { status, body } = await read(`channel_id=${channel_id}&${query}`)

    expect(status).toBe(400)
    expect(body.error.code).toBe('invalid_argument')
    expect(Object.keys(body.error.details)).toEqual(fields)
  })

  it('needs a channel', async () => {
    const { status, body } = await read('limit=1')

    expect(status).toBe(400)
    expect(body.error.details).toEqual({ channel_id: 'is required' })
  })

  it('is for members only', async () => {
    expect((await read(`channel_id=${channel_id}`, stranger)).status).toBe(404)
    expect((await read('channel_id=nothing')).status).toBe(404)
  })
})
