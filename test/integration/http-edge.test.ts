import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Registry } from 'prom-client'
import { httpDefaults } from '../../gateway/http/config.js'
import { Listener } from '../../gateway/http/listener.js'
import { RequestsInHand } from '../../gateway/http/requests/requests-in-hand.js'
import { createStartingAnswers } from '../../gateway/http/server.js'
import { createLog } from '../../lib/log.js'
import type { Fresh } from '../support/adapters.js'
import { ask, makeServer, signUp } from '../support/http-client.js'
import { startHttpFace, startHttpVariant, type HttpFace } from '../support/http-face.js'

let face: Fresh<HttpFace>
let url: string
beforeAll(async () => {
  face = await startHttpFace()
  url = face.value.url
}, 60_000)
afterAll(() => face?.drop())

/** A connection that speaks bytes. */
class Raw {
  readonly #socket: Socket
  /** A character a byte, as lengths are given. */
  #text = ''

  constructor(address: string) {
    this.#socket = connect(Number(new URL(address).port), '127.0.0.1')
    this.#socket.on('data', (data: Buffer) => (this.#text += data.toString('latin1')))
    this.#socket.on('error', () => undefined)
  }

  send(...lines: string[]): void {
    this.#socket.write(lines.join('\r\n'))
  }

  /** Waits for an answer with a body of JSON, and takes it. */
  async answer(): Promise<{ head: string; body: Record<string, unknown> }> {
    for (;;) {
      const [, head = '', length] = /^([^]*?content-length: (\d+)[^]*?)\r\n\r\n/i.exec(this.#text) ?? []
      const end = head.length + 4 + Number(length)
      if (length !== undefined && this.#text.length >= end) {
        const body = JSON.parse(Buffer.from(this.#text.slice(head.length + 4, end), 'latin1').toString())
        this.#text = this.#text.slice(end)
        return { head, body }
      }
      await once(this.#socket, 'data', { signal: AbortSignal.timeout(10_000) })
    }
  }

  /** Waits until the server has closed it. */
  async closed(): Promise<void> {
    if (!this.#socket.closed) await once(this.#socket, 'close', { signal: AbortSignal.timeout(10_000) })
  }

  drop(): void {
    this.#socket.destroy()
  }
}

const raws: Raw[] = []
const open = (address = url) => {
  const raw = new Raw(address)
  raws.push(raw)
  return raw
}
afterEach(() => {
  for (const raw of raws.splice(0)) raw.drop()
})

const h2c = [
  'Host: localhost',
  'Connection: Upgrade, HTTP2-Settings',
  'Upgrade: h2c',
  'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
]

describe('a wish to upgrade to anything but a WebSocket', () => {
  it.each(['/healthz', '/openapi.json', '/socket/websocket', '/nothing'])(
    'is ignored on %s',
    async (path) => {
      const raw = open()
      const expected = await ask(url, `GET ${path}`)

      raw.send(`GET ${path} HTTP/1.1`, ...h2c, '', '')

      const { head, body } = await raw.answer()
      expect(head).toContain(`HTTP/1.1 ${expected.status} `)
      expect(body).toEqual(expected.body)
    },
  )

  it.each([
    ['Connection: Upgrade', 'Upgrade: TLS/1.0'],
    ['Connection: upgrade, keep-alive', 'Upgrade: h2c, websocket'],
    ['Connection: Upgrade', 'Upgrade: '],
  ])('is ignored as %s, %s', async (...headers) => {
    const raw = open()

    raw.send('GET /healthz HTTP/1.1', 'Host: localhost', ...headers, '', '')

    expect((await raw.answer()).body).toEqual({ status: 'ok' })
  })

  it('is ignored with a body, in one piece or in two, and on the requests after it', async () => {
    const { token } = await signUp(url)
    const body = JSON.stringify({ name: 'Tea' })
    const size = Buffer.byteLength(body)
    const raw = open()
    for (const pieces of [[body], [body.slice(0, 5), body.slice(5)]]) {
      const head = ['POST /servers HTTP/1.1', ...h2c, `Authorization: Bearer ${token}`]
      raw.send(...head, 'Content-Type: application/json', `Content-Length: ${size}`, '', pieces[0] ?? '')
      await new Promise(setImmediate)
      if (pieces[1]) raw.send(pieces[1])

      const answer = await raw.answer()

      expect(answer.head).toContain('HTTP/1.1 201 ')
      expect(answer.body).toMatchObject({ server: { name: 'Tea' } })
    }
    raw.send('GET /healthz HTTP/1.1', 'Host: localhost', '', '')
    expect((await raw.answer()).body).toEqual({ status: 'ok' })
  })
})

describe('what is sent without a token', () => {
  it('is not even read where a token is needed', async () => {
    const raw = open()

    raw.send(
      'POST /messages HTTP/1.1',
      'Host: x',
      'Content-Type: application/json',
      'Content-Length: 100000',
      '',
      '{',
    )

    expect((await raw.answer()).head).toContain('HTTP/1.1 401 ')
  })

  it('is refused unread where it is larger than a name and a password can be', async () => {
    const many = Object.fromEntries(Array.from({ length: 110_000 }, (_, n) => [`k${n}`, 1]))

    const { status, body } = await ask(url, 'POST /sessions', { body: many })

    expect(status).toBe(413)
    expect(body.error).toMatchObject({ code: 'invalid_argument', retryable: false })
  })

  it('has room for the longest name and password, escaped', async () => {
    const escape = (text: string) =>
      text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    const body = `{"username":"${escape('🦜'.repeat(32))}","password":"${escape('🦜'.repeat(256))}"}`

    expect((await ask(url, 'POST /sessions', { body })).status).toBe(401)
  })
})

it('the longest message fits, escaped, and so do 1,000 first members', async () => {
  const owner = await signUp(url)
  const { channelId } = await makeServer(url, owner)
  const content = '\\ud83e\\udd9c'.repeat(4_000)

  const sent = await ask(url, 'POST /messages', {
    token: owner.token,
    body: `{"channel_id":"${channelId}","content":"${content}"}`,
  })
  const members = await ask(url, 'POST /servers', {
    token: owner.token,
    body: { name: 'Tea', member_ids: Array.from({ length: 1_000 }, (_, n) => `${n}`.padEnd(36, 'x')) },
  })

  expect(sent.status).toBe(201)
  expect(members.status).toBe(404)
})

describe('a page of another origin', () => {
  const preflight = (address: string, origin: string) =>
    ask(address, 'OPTIONS /users', {
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    })

  it('signs up and reads history where its origin is listed', async () => {
    const origins = ['https://app.example', 'https://other.example:8443']
    const variant = await startHttpVariant(face.value.places, { origins })
    const origin = 'https://app.example'

    const asked = await preflight(variant.value, origin)
    const signedUp = await ask(variant.value, 'POST /users', {
      headers: { origin },
      body: { username: 'from afar', password: 'caixa postal' },
    })
    const read = await ask(variant.value, 'GET /history?channel_id=x', {
      headers: { origin },
      token: signedUp.body.token,
    })
    await variant.drop()

    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-methods')?.split(', ')).toContain('PATCH')
    expect(asked.headers.get('access-control-allow-headers')?.split(', ')).toEqual(
      expect.arrayContaining(['authorization', 'content-type', 'idempotency-key']),
    )
    expect([signedUp.status, read.status]).toEqual([201, 404])
    for (const { headers } of [asked, signedUp, read]) {
      expect(headers.get('access-control-allow-origin')).toBe(origin)
      expect(headers.get('vary')).toContain('origin')
      expect(headers.get('access-control-expose-headers')).toContain('retry-after')
      expect(headers.get('access-control-allow-credentials')).toBeNull()
    }
  })

  it('hears the error of a refused request too', async () => {
    const { status, headers } = await ask(url, 'GET /users/me', {
      headers: { origin: 'http://localhost:5173' },
    })

    expect(status).toBe(401)
    expect(headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
  })

  it.each(['https://evil.example', 'null', 'http://127.0.0.1.evil.example'])(
    'gets no leave as %s when nothing is set',
    async (origin) => {
      const asked = await preflight(url, origin)
      const answer = await ask(url, 'GET /healthz', { headers: { origin } })

      for (const { headers } of [asked, answer]) {
        expect(headers.get('access-control-allow-origin')).toBeNull()
        expect(headers.get('access-control-allow-methods')).toBeNull()
        expect(headers.get('vary')).toContain('origin')
      }
    },
  )

  it('that is listed apart does not open the own host, nor the other way round', async () => {
    const variant = await startHttpVariant(face.value.places, { origins: ['https://app.example'] })

    const { headers } = await ask(variant.value, 'GET /healthz', {
      headers: { origin: 'http://localhost:1' },
    })
    await variant.drop()

    expect(headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('a server that stops', () => {
  it('answers what it has in hand, says that the connection ends, and ends', async () => {
    let finish: () => void = () => undefined
    const variant = await startListener((_request, response) => {
      finish = () => response.end('{}')
    })
    const [busy, idle, between] = [open(variant.url), open(variant.url), open(variant.url)]
    between.send('GET / HTTP/1.1', 'Host: x', '', '')
    await expect.poll(() => variant.requests).toBe(1)
    finish()
    await between.answer()
    busy.send('GET / HTTP/1.1', 'Host: x', '', '')
    await expect.poll(() => variant.requests).toBe(2)

    const closing = variant.listener.close()
    await Promise.all([idle.closed(), between.closed()])
    finish()

    expect((await busy.answer()).head).toMatch(/connection: close/i)
    await Promise.all([busy.closed(), closing])
  })

  it('waits for what is in hand no longer than its deadline', async () => {
    const variant = await startListener(() => undefined)
    const busy = open(variant.url)
    busy.send('GET / HTTP/1.1', 'Host: x', '', '')
    await expect.poll(() => variant.requests).toBe(1)

    await variant.listener.close(50)

    await busy.closed()
  })

  it('ends the connections of an answer that had begun', async () => {
    let finish: () => void = () => undefined
    const variant = await startListener((_request, response) => {
      response.writeHead(200, { 'content-length': '2' }).write('{')
      finish = () => response.end('}')
    })
    const busy = open(variant.url)
    busy.send('GET / HTTP/1.1', 'Host: x', '', '')
    await expect.poll(() => variant.requests).toBe(1)

    const closing = variant.listener.close()
    finish()

    await Promise.all([busy.answer(), busy.closed(), closing])
  })

  it('says that the connection ends from the moment it is told to', async () => {
    const variant = await startListener((_request, response) => response.end('{}'))
    const raw = open(variant.url)
    raw.send('GET / HTTP/1.1', 'Host: x', '', '')
    expect((await raw.answer()).head).not.toMatch(/connection: close/i)

    variant.listener.leave()
    const late = open(variant.url)
    late.send('GET / HTTP/1.1', 'Host: x', '', '')

    expect((await late.answer()).head).toMatch(/connection: close/i)
    await variant.listener.close()
    await variant.listener.close()
  })
})

it('a server that starts tells who comes to come back, and is alive', async () => {
  const registry = new Registry()
  const request = await createStartingAnswers({
    config: httpDefaults,
    origins: 'host',
    requestsInHand: new RequestsInHand(registry, 10),
    registry,
    isReady: () => false,
    log: createLog({ level: 'silent', program: 'test' }),
  })
  const { url: starting, listener } = await startListener(request)

  const answers = await Promise.all(
    ['GET /healthz', 'GET /metrics', 'GET /readyz', 'POST /messages', 'GET /'].map((what) =>
      ask(starting, what),
    ),
  )
  await listener.close()

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 503, 503, 503])
  expect(answers[3]?.headers.get('retry-after')).toBe('1')
  expect(answers[3]?.body.error).toMatchObject({ code: 'unavailable', retryable: true })
})

it('a port that is taken is told with its setting', async () => {
  const { port } = new URL(url)
  const listener = new Listener(httpDefaults, { request: () => undefined, upgrade: () => undefined })

  await expect(listener.listen('127.0.0.1', Number(port))).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(new RegExp(`${port}.*RECADO_HTTP_PORT`)),
  })
})

it('times requests', async () => {
  const variant = await startHttpVariant(face.value.places, {})
  await ask(variant.value, 'POST /sessions', { body: { username: 'nobody', password: 'caixa postal' } })

  const { body } = await ask(variant.value, 'GET /metrics')
  await variant.drop()

  const [, seconds] =
    /^recado_gateway_http_request_seconds_sum\{method="POST",route="\/sessions"\} (.+)$/m.exec(body) ?? []
  // A password is hashed.
  expect(Number(seconds)).toBeGreaterThan(0.001)
})

/** A listener with answers of a test's own. */
async function startListener(answer: ConstructorParameters<typeof Listener>[1]['request']) {
  const started = { requests: 0 }
  const request: typeof answer = (asked, response) => {
    started.requests++
    answer(asked, response)
  }
  const listener = new Listener(httpDefaults, { request, upgrade: (_request, socket) => socket.destroy() })
  await listener.listen('127.0.0.1', 0)
  return Object.assign(started, { url: `http://127.0.0.1:${listener.port}`, listener })
}
