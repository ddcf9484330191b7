import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Fresh } from '../support/adapters.js'
import { ask, signUp } from '../support/http-client.js'
import { startHttpFace, startHttpVariant, type HttpFace } from '../support/http-face.js'

let face: Fresh<HttpFace>
let url: string
beforeAll(async () => {
  face = await startHttpFace()
  url = face.value.url
}, 60_000)
afterAll(() => face.drop())

const hostOf = (address: string) => new URL(address).host

/** Sends bytes as they are and reads until the server closes. */
async function exchange(bytes: string): Promise<{ head: string; body: string }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.end(bytes)
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  return { head, body }
}

describe('errors', () => {
  it.each([
    ['GET /nothing', {}, 404, 'not_found'],
    ['GET /nothing?x=1', {}, 404, 'not_found'],
    ['POST /healthz', {}, 404, 'not_found'],
    ['PUT /servers/x/nothing/y', {}, 404, 'not_found'],
    ['GET /channels', {}, 404, 'not_found'],
    ['GET /%zz', {}, 400, 'invalid_argument'],
    [`GET /users/${'x'.repeat(2_000)}`, {}, 414, 'invalid_argument'],
    ['POST /users', { body: '{"username":' }, 400, 'invalid_argument'],
    ['POST /users', { body: Buffer.from('{"username":"\xff"}', 'latin1') }, 400, 'invalid_argument'],
    ['POST /users', { body: '[]' }, 400, 'invalid_argument'],
    ['POST /users', { body: 'null' }, 400, 'invalid_argument'],
    ['POST /users', {}, 400, 'invalid_argument'],
    ['POST /users', { body: '{}', headers: { 'content-type': 'text/plain' } }, 415, 'invalid_argument'],
    ['POST /users', { body: '{}', headers: { 'content-type': 'nonsense' } }, 415, 'invalid_argument'],
    ['POST /users', { body: 'x'.repeat(8 * 1024 + 1) }, 413, 'invalid_argument'],
  ])('%.40s with %.40j answers %i %s', async (what, given, expectedStatus, code) => {
    const { status, headers, body } = await ask(url, what, given)

    expect(status).toBe(expectedStatus)
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(body).toEqual({
      error: {
        code,
        reason: code.toUpperCase(),
        message: expect.stringMatching(/^[A-Z`].+\.$/),
        retryable: false,
        ...(body.error.details && { details: expect.any(Object) }),
      },
    })
  })

  it.each([
    ['what is no HTTP', 'nonsense\r\n\r\n', 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
  ])('answer %s in the same shape', async (_case, bytes, status) => {
    const { head, body } = await exchange(bytes)

    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(JSON.parse(body).error).toMatchObject({ code: 'invalid_argument', retryable: false })
  })

  it('show nothing of the inside when core is away', async () => {
    const variant = await startHttpVariant(face.value.places, { coreAddress: '127.0.0.1:1' })

    const { status, body } = await ask(variant.value, 'GET /users/me', { token: 'x' })
    await variant.drop()

    expect(status).toBe(503)
    expect(body.error).toMatchObject({ code: 'unavailable', retryable: true })
    expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|ECONN|connect/)
  })
})

it('nobody is signed out when the gateway shows core a wrong service token', async () => {
  const { token } = await signUp(url)
  const variant = await startHttpVariant(face.value.places, { serviceToken: 'rotated' })

  const answers = await Promise.all([
    ask(variant.value, 'GET /users/me', { token }),
    ask(variant.value, 'POST /sessions', { body: { username: 'nobody', password: 'caixa postal' } }),
  ])
  await variant.drop()

  for (const { status, headers, body } of answers) {
    expect(status).toBe(500)
    expect(headers.get('www-authenticate')).toBeNull()
    expect(body.error).toMatchObject({ code: 'internal', reason: 'INTERNAL', retryable: true })
    expect(body.error.message).not.toContain('token')
  }
})

it('every answer tells browsers to guess, embed, keep and pass on nothing', async () => {
  for (const what of ['GET /healthz', 'GET /nothing', 'GET /%zz', 'GET /users/me']) {
    const { headers } = await ask(url, what)

    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-request-id')).toMatch(/./)
  }
})

let names = 0
const newName = () => `newcomer ${++names}`

describe('sign-ups', () => {
  it('are limited for each address, and say when to come back', async () => {
    const variant = await startHttpVariant(face.value.places, {
      config: { trustProxy: 'loopback' },
      limits: { signupsPerMinute: 2 },
    })
    const from = async (address: string) =>
      ask(variant.value, 'POST /users', {
        body: { username: newName(), password: 'caixa postal' },
        headers: { 'x-forwarded-for': address },
      })

    const statuses = [await from('192.0.2.1'), await from('192.0.2.1')].map(({ status }) => status)
    const third = await from('192.0.2.1')
    const other = await from('192.0.2.2')
    await variant.drop()

    expect(statuses).toEqual([201, 201])
    expect(third.status).toBe(429)
    expect(third.body.error).toMatchObject({ code: 'resource_exhausted', retryable: true })
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(other.status).toBe(201)
  })

  it('do not believe a forwarded address without a trusted proxy', async () => {
    const variant = await startHttpVariant(face.value.places, { limits: { signupsPerMinute: 1 } })
    const from = async (address: string) =>
      ask(variant.value, 'POST /users', {
        body: { username: newName(), password: 'caixa postal' },
        headers: { 'x-forwarded-for': address },
      })

    const statuses = [await from('192.0.2.1'), await from('192.0.2.2')].map(({ status }) => status)
    await variant.drop()

    expect(statuses).toEqual([201, 429])
  })
})

it('requests beyond the bound are refused, health is not', async () => {
  const variant = await startHttpVariant(face.value.places, { config: { maxRequestsInHand: 0 } })

  const refused = await ask(variant.value, 'GET /users/me', { token: 'x' })
  const health = await ask(variant.value, 'GET /healthz')
  await variant.drop()

  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(health.status).toBe(200)
})

describe('GET /gateway', () => {
  it('names the host that was called', async () => {
    const { status, body } = await ask(url, 'GET /gateway')

    expect(status).toBe(200)
    expect(body).toEqual({ url: `ws://${hostOf(url)}/socket/websocket`, shard: 0 })
  })

  it.each([
    ['a trusted proxy', 'loopback', 'wss://chat.example.org/socket/websocket'],
    ['nobody trusted', false, undefined],
  ])('behind %s names what the client sees', async (_case, trustProxy, expected) => {
    const variant = await startHttpVariant(face.value.places, { config: { trustProxy } })

    const { body } = await ask(variant.value, 'GET /gateway', {
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'chat.example.org' },
    })
    await variant.drop()

    expect(body.url).toBe(expected ?? `ws://${hostOf(variant.value)}/socket/websocket`)
  })

  it('refuses a host that cannot be one', async () => {
    const { head, body } = await exchange('GET /gateway HTTP/1.1\r\nhost: "><b>\r\nconnection: close\r\n\r\n')

    expect(head).toContain('400')
    expect(JSON.parse(body).error.code).toBe('invalid_argument')
  })
})

describe('status', () => {
  it('is healthy and ready', async () => {
    expect((await ask(url, 'GET /healthz')).body).toEqual({ status: 'ok' })
    // A machine that is held up for a second is not ready for that long.
    const readiness = async () => (await ask(url, 'GET /readyz?probe=1')).body
    await expect.poll(readiness, { timeout: 20_000 }).toEqual({ status: 'ok' })
  })

  it('is not ready when the gateway is not', async () => {
    const variant = await startHttpVariant(face.value.places, { isReady: () => false })

    const { status, body } = await ask(variant.value, 'GET /readyz')
    await variant.drop()

    expect(status).toBe(503)
    expect(body.error).toMatchObject({ code: 'unavailable', retryable: true })
  })

  it('counts requests by route, never by URL', async () => {
    await ask(url, 'GET /users/some-id?token=secret')

    const { headers, body } = await ask(url, 'GET /metrics')

    expect(headers.get('content-type')).toMatch(/^text\/plain/)
    expect(body).toContain('recado_gateway_http_requests_total{method="GET",route="/users/:id",status="401"}')
    expect(body).not.toMatch(/some-id|secret/)
  })

  it('counts a request as done when its client goes away', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write(
      'POST /users HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
    )
    const inHand = async () =>
      /^recado_gateway_http_requests_in_hand (\d+)$/m.exec((await ask(url, 'GET /metrics')).body)?.[1]
    await expect.poll(inHand, { timeout: 5_000 }).toBe('2')

    socket.destroy()

    await expect.poll(inHand, { timeout: 5_000 }).toBe('1')
  })
})

describe('GET /openapi.json', () => {
  it('describes every route with its errors', async () => {
    const { body } = await ask(url, 'GET /openapi.json')

    expect(body.openapi).toBe('3.1.0')
    const operations = Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        name: `${method.toUpperCase()} ${path}`,
        ...operation,
      })),
    )
    expect(operations.map(({ name }) => name).sort()).toEqual(routes.toSorted())
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    for (const { security, responses, summary } of operations) {
      expect(summary).toMatch(/\.$/)
      if (security) expect(responses['401']?.content['application/json'].schema).toEqual(errorRef)
    }
  })

  it('has no reference that leads nowhere', async () => {
    const { body } = await ask(url, 'GET /openapi.json')

    const refs = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    )
    expect(refs.length).toBeGreaterThan(20)
    for (const name of refs) expect(Object.keys(body.components.schemas)).toContain(name)
  })
})

type Operation = {
  operationId: string
  summary: string
  security?: unknown
  responses: Record<string, { content: Record<'application/json', { schema: unknown }> }>
}
const errorRef = { $ref: '#/components/schemas/Error' }
const routes = [
  'POST /users',
  'GET /users',
  'GET /users/me',
  'GET /users/{id}',
  'PATCH /users/me',
  'DELETE /users/me',
  'PUT /users/me/password',
  'GET /users/me/blocks',
  'GET /users/me/export',
  'PUT /users/me/blocks/{id}',
  'DELETE /users/me/blocks/{id}',
  'POST /sessions',
  'DELETE /sessions',
  'POST /sessions/renewal',
  'DELETE /sessions/all',
  'POST /servers',
  'GET /servers',
  'GET /servers/{id}',
  'PATCH /servers/{id}',
  'DELETE /servers/{id}',
  'POST /servers/{id}/channels',
  'GET /channels/{id}',
  'PATCH /channels/{id}',
  'DELETE /channels/{id}',
  'GET /servers/{id}/members',
  'PUT /servers/{id}/members/{user_id}',
  'DELETE /servers/{id}/members/{user_id}',
  'PUT /servers/{id}/moderation',
  'PUT /servers/{id}/retention',
  'PUT /servers/{id}/owner',
  'GET /servers/{id}/roles',
  'POST /servers/{id}/roles',
  'PATCH /servers/{id}/roles/{role_id}',
  'DELETE /servers/{id}/roles/{role_id}',
  'PUT /servers/{id}/members/{user_id}/roles/{role_id}',
  'DELETE /servers/{id}/members/{user_id}/roles/{role_id}',
  'PUT /channels/{id}/overrides/{role_id}',
  'DELETE /channels/{id}/overrides/{role_id}',
  'GET /servers/{id}/invites',
  'POST /servers/{id}/invites',
  'GET /invites/{code}',
  'POST /invites/{code}',
  'DELETE /invites/{code}',
  'GET /servers/{id}/bans',
  'PUT /servers/{id}/bans/{user_id}',
  'DELETE /servers/{id}/bans/{user_id}',
  'GET /servers/{id}/audit',
  'POST /messages',
  'GET /channels/{channel_id}/messages/{id}',
  'PATCH /channels/{channel_id}/messages/{id}',
  'DELETE /channels/{channel_id}/messages/{id}',
  'PUT /channels/{channel_id}/messages/{id}/reactions/{emoji}',
  'DELETE /channels/{channel_id}/messages/{id}/reactions/{emoji}',
  'PUT /channels/{id}/read',
  'GET /unread',
  'GET /boot',
  'PUT /notifications/servers/{id}',
  'PUT /notifications/channels/{id}',
  'GET /notifications',
  'POST /directs',
  'GET /directs',
  'GET /history',
  'GET /search',
  'GET /gateway',
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
  'GET /openapi.json',
  'GET /',
]

describe('the page', () => {
  it('says how to connect, needs no script and names the host that was called', async () => {
    const { status, headers, body } = await ask(url, 'GET /?utm=1')

    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(body).toContain(`ws://${hostOf(url)}/socket/websocket`)
    expect(body).not.toMatch(/<script|http:\/\/(?!127\.0\.0\.1)/)
  })

  it('repeats no host that cannot be one', async () => {
    const { body } = await exchange('GET / HTTP/1.1\r\nhost: "><b>\r\nconnection: close\r\n\r\n')

    expect(body).not.toContain('<b>')
  })

  it('allows its own style and nothing else', async () => {
    const { headers } = await ask(url, 'GET /')

    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]+=*';/,
    )
  })
})

it('a token is believed whatever the case of Bearer', async () => {
  const { token } = await signUp(url)

  expect((await ask(url, 'GET /users/me', { headers: { authorization: `bearer ${token}` } })).status).toBe(
    200,
  )
})
