import { connect as connectTcp } from 'node:net'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RefusedConnection } from '../../../gateway/phoenix/handler.js'
import { startMounts, startTestTopics } from './mounts.js'
import { RawClient } from './raw-client.js'
import { upgrade } from './upgrade.js'

type Served = Awaited<ReturnType<typeof startTestTopics>>
const V2 = '/socket/websocket?vsn=2.0.0'
const token = (raw: string): string =>
  `base64url.bearer.phx.${Buffer.from(raw).toString('base64').replace(/=/g, '')}`

describe('phoenix: handshake', () => {
  let served: Served
  beforeAll(async () => void (served = await startTestTopics()))
  afterAll(() => served[Symbol.asyncDispose]())

  it.each([
    ['/socket/websocket?vsn=2.0.0', 101],
    ['/socket/websocket?vsn=2.0.7', 101],
    ['/socket/websocket?vsn=1.0.0&vsn=2.0.0', 101],
    ['/socket/websocket', 101],
    ['/socket/websocket?vsn=1.0.0', 101],
    ['/socket/websocket?vsn=1.0.3', 101],
    ['/socket/websocket?vsn=1.1.0', 403],
    ['/socket/websocket?vsn=2.0.0.1', 403],
    ['/socket/websocket?vsn=02.0.0', 403],
    ['/socket/websocket?vsn=123.1.1', 403],
    ['/socket/websocket?vsn=2.1.0', 403],
    ['/socket/websocket?vsn=3.0.0', 403],
    ['/socket/websocket?vsn=2', 403],
    ['/socket/websocket?vsn=abc', 403],
    ['/socket/websocket?vsn=', 403],
    ['/socket/websocket?vsn[]=2.0.0', 403],
    ['/socket?vsn=2.0.0', 404],
    ['/socket/?vsn=2.0.0', 404],
    ['/socket/websocket/more?vsn=2.0.0', 404],
    ['/elsewhere/websocket?vsn=2.0.0', 404],
  ])('H1: answers %s with %i', async (path, status) => {
    const answer = await upgrade(served.port, path)

    expect(answer).toMatchObject({ status })
  })

  it('H4: takes a slash behind the path', async () => {
    expect(await upgrade(served.port, '/socket/websocket/?vsn=2.0.0')).toMatchObject({ status: 101 })
    expect(await upgrade(served.port, '/socket/websocket/')).toMatchObject({ status: 101 })
  })

  it('H6: answers 403, and no WebSocket, whom the handler refuses', async () => {
    const { counts } = served.at('/socket')
    const { opened, refused } = counts

    expect(await upgrade(served.port, `${V2}&reject=true`)).toMatchObject({ status: 403 })

    expect(counts).toMatchObject({ opened, refused: refused + 1 })
  })

  it.each([
    ['/elsewhere', {}, 404, 'not_found', 'Connect to /socket/websocket.'],
    [V2, { 'sec-websocket-version': '8' }, 400, 'invalid_argument', 'no WebSocket handshake'],
    [V2, { origin: 'http://evil.com' }, 403, 'permission_denied', 'origin'],
    [V2, { 'sec-websocket-protocol': 'other' }, 403, 'permission_denied', 'subprotocol `phoenix`'],
    ['/socket/websocket?vsn=3.0.0', {}, 403, 'permission_denied', '`vsn=2.0.0`'],
    [`${V2}&reject=true`, {}, 403, 'permission_denied', 'rejected'],
  ])('says why it refuses %s with %j', async (path, headers, status, code, text) => {
    const answer = await upgrade(served.port, path, headers)

    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    const { error } = JSON.parse(answer.body) as { error: { message: string } }
    expect(error).toMatchObject({ code, reason: code.toUpperCase(), retryable: false })
    expect(error.message).toContain(text)
  })

  it('writes a line about what it refuses, without the token', async () => {
    const lines: string[] = []
    const log = pino({ base: null }, { write: (line: string) => void lines.push(line) })
    await using mounts = await startMounts(served.topics, { '/socket': { log } })

    await upgrade(mounts.port, `${V2}&token=secret&reject=true`)
    await upgrade(mounts.port, `${V2}&token=secret&reject=true`)

    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { status: 403, reason: 'rejected', remoteAddress: '127.0.0.1', msg: 'an upgrade was refused' },
    ])
    expect(lines.join()).not.toContain('secret')
  })

  it('answers an upgrade that is no WebSocket handshake with 400', async () => {
    expect(await upgrade(served.port, V2, {}, 'POST')).toMatchObject({ status: 400 })
    expect(await upgrade(served.port, V2, { upgrade: 'h2c' })).toMatchObject({ status: 400 })
    expect(await upgrade(served.port, V2, { 'sec-websocket-key': 'short' })).toMatchObject({ status: 400 })
    expect(await upgrade(served.port, V2, { 'sec-websocket-version': '8' })).toMatchObject({ status: 400 })
  })

  it.each([
    [undefined, 101],
    ['http://localhost', 101],
    ['http://localhost:9999', 101],
    ['https://localhost', 101],
    ['http://LOCALHOST', 403],
    ['http://evil.com', 403],
    ['null', 403],
    ['file://', 403],
  ])('H3: answers the origin %s at the host localhost with %i', async (origin, status) => {
    const headers = { host: 'localhost:4000', ...(origin !== undefined && { origin }) }

    expect(await upgrade(served.port, V2, headers)).toMatchObject({ status })
  })

  it.each([
    [undefined, 101, undefined, undefined],
    [`phoenix, ${token('tok123')}`, 101, 'phoenix', 'tok123'],
    [`${token('tok123')}, phoenix`, 101, 'phoenix', 'tok123'],
    [`phoenix, ${token('a?b\x7f?')}`, 101, 'phoenix', 'a?b\x7f?'],
    ['phoenix', 101, 'phoenix', undefined],
    [token('tok123'), 101, undefined, 'tok123'],
    [`phoenix, ${token('one')}, ${token('two')}`, 101, 'phoenix', undefined],
    ['other', 403, undefined, undefined],
    ['phoenix, base64url.bearer.phx.a', 403, undefined, undefined],
    ['phoenix, base64url.bearer.phx.a*b', 403, undefined, undefined],
  ])('H5: answers the subprotocols %s with %i', async (offered, status, selected, seen) => {
    const tokens: (string | undefined)[] = []
    const remember = (params: { token: string | undefined }): Promise<void> => {
      tokens.push(params.token)
      return Promise.resolve()
    }
    await using mounts = await startMounts({ connect: remember, topic: () => undefined }, { '/socket': {} })

    const answer = await upgrade(
      mounts.port,
      V2,
      offered === undefined ? {} : { 'sec-websocket-protocol': offered },
    )

    expect(answer.status).toBe(status)
    expect(answer.headers['sec-websocket-protocol']).toBe(selected)
    expect(tokens).toEqual(status === 101 ? [seen] : [])
  })

  it('hands the query parameters and the token parameter to the handler', async () => {
    using client = await RawClient.open(served.url, '&token=t%20k&user_id=7&a%5Bb%5D=c&x=1&x=2')

    const [connection] = [...served.topics.open].filter(({ state }) => state.socketId === 'u:7')
    expect(connection?.state.token).toBe('t k')
    expect(connection?.state.params).toMatchObject({ 'a[b]': 'c', x: '2' })
    client.ws.close()
    await client.closed
  })

  it('answers with the status that the handler refuses with', async () => {
    const refuse = (status: 401 | 403 | 429 | 503, retryAfterMs?: number) =>
      startMounts(
        {
          connect: () => Promise.reject(new RefusedConnection(status, 'No.', retryAfterMs)),
          topic: () => undefined,
        },
        { '/socket': {} },
      )
    await using unauthorized = await refuse(401)
    await using busy = await refuse(429, 1_500)

    expect(await upgrade(unauthorized.port, V2)).toMatchObject({ status: 401 })
    const answer = await upgrade(busy.port, V2)
    expect(answer.status).toBe(429)
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'resource_exhausted', retryable: true } })
    expect(answer.headers['retry-after']).toBe('2')
  })

  it('answers 500 when the handler fails, and 503 when it takes too long', async () => {
    const broken = { connect: () => Promise.reject(new Error('broken')), topic: () => undefined }
    const stuck = { connect: () => new Promise<never>(() => undefined), topic: () => undefined }
    await using failing = await startMounts(broken, { '/socket': {} })
    await using hanging = await startMounts(stuck, { '/socket': { connectTimeoutMs: 20 } })

    expect(await upgrade(failing.port, V2)).toMatchObject({ status: 500 })
    expect(await upgrade(hanging.port, V2)).toMatchObject({ status: 503 })
    expect(hanging.at('/socket').connecting).toBe(0)
  })

  it('answers 503 beyond its connections, those still connecting included', async () => {
    const letIn: (() => void)[] = []
    const hold = (): Promise<void> => new Promise((resolve) => letIn.push(resolve))
    await using mounts = await startMounts(
      { connect: hold, topic: () => undefined },
      { '/socket': { maxConnections: 1 } },
    )
    const first = RawClient.open(mounts.url)
    await expect.poll(() => letIn.length).toBe(1)

    expect(await upgrade(mounts.port, V2)).toMatchObject({ status: 503 })
    letIn[0]!()
    using client = await first
    expect(mounts.at('/socket').connections).toBe(1)
    expect(await upgrade(mounts.port, V2)).toMatchObject({ status: 503 })

    client.ws.close()
    await expect.poll(() => mounts.at('/socket').connections).toBe(0)
    const next = RawClient.open(mounts.url)
    await expect.poll(() => letIn.length).toBe(2)
    letIn[1]!()
    using again = await next
    expect(again.ws.readyState).toBe(again.ws.OPEN)
  })

  it('understands a frame that comes in the same packet as the handshake', async () => {
    const socket = connectTcp(served.port, '127.0.0.1')
    const heartbeat = Buffer.from('[null,"1","phoenix","heartbeat",{}]')
    const masked = Buffer.concat([Buffer.from([0x81, 0x80 | heartbeat.length, 0, 0, 0, 0]), heartbeat])

    socket.write(Buffer.concat([Buffer.from(handshakeText), masked]))

    let received = ''
    for await (const chunk of socket) if ((received += String(chunk)).includes('phx_reply')) break
    expect(received).toContain('101 Switching Protocols')
    expect(received).toContain('[null,"1","phoenix","phx_reply",{"status":"ok","response":{}}]')
  })
})

const handshakeText = [
  `GET ${V2} HTTP/1.1`,
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n')
