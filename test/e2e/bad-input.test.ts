import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startServer, type RunningServer } from '../support/products/programs.js'
import {
  call,
  join,
  makeServer,
  profiles,
  push,
  refusal,
  signUp,
  type Inbox,
  type Person,
} from '../support/chat.js'

describe.each(profiles)('bad input: %s', (profile) => {
  let server: RunningServer
  let ana: Person
  let channelId: string
  let inbox: Inbox

  beforeAll(async () => {
    server = await startServer(profile)
    ana = await signUp(server.url)
    channelId = (await makeServer(ana)).channelId
    inbox = (await join(ana.connect(), `channel:${channelId}`)).inbox
  })
  afterAll(async () => {
    inbox.disconnect()
    await server.stop()
  })

  const socketUrl = (query: string) =>
    `${server.url.replace('http', 'ws')}/socket/websocket?vsn=2.0.0&${query}`
  const statusOf = async (query: string) => {
    const socket = new WebSocket(socketUrl(query))
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
    socket.on('error', () => undefined)
    socket.terminate()
    return response.statusCode
  }
  const rawFrames = async (...frames: string[]) => {
    const socket = new WebSocket(socketUrl(`token=${ana.token}`))
    await once(socket, 'open')
    for (const frame of frames) socket.send(frame)
    return socket
  }

  it('refuses a connection without a token, and with a wrong one', async () => {
    expect(await statusOf('')).toBe(403)
    expect(await statusOf('token=nonsense')).toBe(403)
  })

  it.each([
    ['more than 4,000 characters', { content: 'x'.repeat(5_000) }, 'invalid_argument'],
    ['blank text', { content: ' \n\u200b' }, 'invalid_argument'],
    ['U+0000', { content: 'a\u0000b' }, 'invalid_argument'],
    ['no content', {}, 'invalid_argument'],
    ['a number for the content', { content: 5 }, 'invalid_argument'],
    ['a list for the payload', [], 'invalid_argument'],
    ['an unknown field', { content: 'a', colour: 'red' }, 'invalid_argument'],
    ['a nonce of 65 characters', { content: 'a', nonce: 'n'.repeat(65) }, 'invalid_argument'],
    ['an empty nonce', { content: 'a', nonce: '' }, 'invalid_argument'],
  ])('refuses %s with the reason', async (_, payload, code) => {
    const refused = await refusal(push(inbox, 'message:send', payload))

    expect(refused).toEqual({
      code,
      reason: expect.stringMatching(/^[A-Z_]+$/),
      message: expect.any(String),
      retryable: false,
    })
  })

  it('refuses a lone surrogate', async () => {
    const join = `["1","1","channel:${channelId}","phx_join",{}]`
    const socket = await rawFrames(
      join,
      `["1","2","channel:${channelId}","message:send",{"content":"\\ud800"}]`,
    )
    const replies: unknown[][] = []
    socket.on('message', (data: Buffer) => replies.push(JSON.parse(data.toString()) as unknown[]))

    await expect
      .poll(() => replies.find(([, ref]) => ref === '2')?.[4], { timeout: 10_000 })
      .toMatchObject({
        status: 'error',
        response: { code: 'invalid_argument', retryable: false },
      })
    socket.terminate()
  })

  it('answers an event that it does not know with unimplemented and keeps the channel', async () => {
    expect(await refusal(push(inbox, 'message:shout', {}))).toMatchObject({ code: 'unimplemented' })
    expect(await push(inbox, 'message:send', { content: 'still here' })).toMatchObject({ state: 'accepted' })
  })

  it("does not tell someone else's channel from one that is not there", async () => {
    const eve = await signUp(server.url)
    const socket = eve.connect()

    const others = await refusal(join(socket, `channel:${channelId}`))
    const nobodys = await refusal(join(socket, 'channel:nowhere'))
    socket.disconnect()

    expect(others).toMatchObject({ code: 'not_found', retryable: false })
    expect(nobodys).toEqual(others)
    const { status, body } = await eve.call('POST', '/messages', { channel_id: channelId, content: 'hi' })
    expect([status, body.error?.code]).toEqual([404, 'not_found'])
    expect((await eve.call('GET', `/history?channel_id=${channelId}`)).status).toBe(404)
  })

  it.each(['server:1', 'user:1'])(
    'answers a join of %s, which is not there for one, with not_found',
    async (topic) => {
      const socket = ana.connect()

      expect(await refusal(join(socket, topic))).toMatchObject({ code: 'not_found', retryable: false })
      socket.disconnect()
    },
  )

  it('answers a topic that does not exist as Phoenix does', async () => {
    const socket = ana.connect()

    expect(await refusal(join(socket, 'kitchen'))).toEqual({ reason: 'unmatched topic' })
    socket.disconnect()
  })

  it.each(['{', '[]', 'null', '["1","1"]'])(
    'closes the connection that sends %s, and no other',
    async (frame) => {
      const socket = await rawFrames(frame)

      const [code] = (await once(socket, 'close')) as [number]

      expect(code).toBe(1011)
      expect(await push(inbox, 'message:send', { content: 'undisturbed' })).toMatchObject({
        state: 'accepted',
      })
    },
  )

  it.each([
    ['POST', '/servers', { name: 'x' }, undefined, 401, 'unauthenticated'],
    ['GET', '/users/me', undefined, 'nonsense', 401, 'unauthenticated'],
    [
      'POST',
      '/users',
      { username: 'a'.repeat(33), password: 'long enough' },
      undefined,
      400,
      'invalid_argument',
    ],
    ['POST', '/users', { username: 'a\tb', password: 'long enough' }, undefined, 400, 'invalid_argument'],
    [
      'POST',
      '/users',
      { username: 'ok', password: 'long enough', admin: true },
      undefined,
      400,
      'invalid_argument',
    ],
    ['GET', '/nowhere', undefined, undefined, 404, 'not_found'],
  ])('answers %s %s %j in the documented shape', async (method, path, payload, token, status, code) => {
    const answer = await call(server.url, method, path, payload, token)

    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({ error: { code, message: expect.any(String), retryable: false } })
  })

  it.each(['', '&before=1&after=2', '&limit=0', '&limit=101', '&before=-1', '&colour=red'])(
    'refuses a page of history asked for with "%s"',
    async (query) => {
      const path = query === '' ? '/history' : `/history?channel_id=${channelId}${query}`

      const { status, body } = await ana.call('GET', path)

      expect([status, body.error?.code]).toEqual([400, 'invalid_argument'])
    },
  )
})
