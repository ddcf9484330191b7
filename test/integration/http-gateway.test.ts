import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Registry } from 'prom-client'
import { WebSocket } from 'ws'
import { silentLog } from '../support/gateway-doubles.js'
import { Gateway, type GatewayDeps } from '../../gateway/gateway.js'
import { httpDefaults, type HttpConfig } from '../../gateway/http/config.js'
import { MemoryLimits } from '../../ports/limits/memory/memory-limits.js'
import type { Fresh } from '../support/adapters.js'
import { ask, makeServer, signUp } from '../support/http-client.js'
import { startHttpFace, type HttpFace } from '../support/http-face.js'

type GatewayQueue = Awaited<ReturnType<GatewayDeps['openQueue']>>

let face: Fresh<HttpFace>
const gateways: Gateway[] = []
beforeAll(async () => {
  face = await startHttpFace()
}, 60_000)
afterEach(async () => {
  await Promise.all(gateways.splice(0).map((each) => each.stop()))
})
afterAll(() => face?.drop())

const never = new Promise<never>(() => undefined)
const atOnce = () => Promise.resolve()

/** Another gateway on the same core and consumer, with a queue of the test's own. */
function makeGateway(
  queue: Partial<GatewayQueue> = {},
  { core, http }: { core?: string; http?: Partial<HttpConfig> } = {},
) {
  const { corePort, consumerPort, serviceToken } = face.value.places
  const guard = { tls: undefined, serviceToken }
  const gateway = new Gateway(
    {
      host: '127.0.0.1',
      port: 0,
      http: { ...httpDefaults, ...http },
      origins: undefined,
      limits: { signupsPerMinute: 0, messagesPerSecond: 0 },
      core: { addresses: [core ?? `127.0.0.1:${corePort}`], ...guard },
      consumers: { addresses: [`127.0.0.1:${consumerPort}`], ...guard },
    },
    {
      openQueue: () => Promise.resolve(Object.assign(queue, { publish: atOnce, ping: atOnce, ...queue })),
      limits: new MemoryLimits(),
      registry: new Registry(),
      log: silentLog,
    },
  )
  gateways.push(gateway)
  return { gateway, url: () => `http://127.0.0.1:${gateway.port}` }
}

/** What an upgrade is answered with instead of a WebSocket. */
function refusalOf(url: string): Promise<{ status: number | undefined; retryAfter: string | undefined }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket/websocket?vsn=2.0.0`)
  return new Promise((resolve, reject) => {
    socket.on('open', () => reject(new Error('it was opened')))
    socket.on('error', () => undefined)
    socket.on('unexpected-response', (_request, response) => {
      resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'] })
      response.destroy()
    })
  })
}

describe('a gateway that waits for core', () => {
  it('listens, is alive, and tells everybody to come back', async () => {
    const { gateway, url } = makeGateway({}, { core: '127.0.0.1:1' })
    const starting = gateway.start().catch((error: unknown) => error)
    await expect.poll(() => gateway.port).toBeGreaterThan(0)

    const [alive, ready, call, upgrade] = await Promise.all([
      ask(url(), 'GET /healthz'),
      ask(url(), 'GET /readyz'),
      ask(url(), 'POST /messages', { body: {} }),
      refusalOf(url()),
    ])

    expect([alive.status, ready.status, call.status]).toEqual([200, 503, 503])
    expect(call.headers.get('retry-after')).toBe('1')
    expect(upgrade).toEqual({ status: 503, retryAfter: '1' })
    await gateway.stop()
    expect(await starting).toMatchObject({ code: 'unavailable' })
  })
})

describe('readiness', () => {
  it('is there once core, the queue and a consumer are', async () => {
    const { gateway, url } = makeGateway()

    await gateway.start()

    await expect.poll(async () => (await ask(url(), 'GET /readyz')).status, { timeout: 20_000 }).toBe(200)
  })

  it.each<[string, Partial<GatewayQueue>]>([
    ['fails', { ping: () => Promise.reject(new Error('away')) }],
    ['hangs', { ping: () => never }],
  ])('is not there, and known all the same, while the queue %s', async (_case, broken) => {
    const queue: Partial<GatewayQueue> = {}
    const { gateway } = makeGateway(queue)
    void gateway.start().catch(() => undefined)
    await expect.poll(() => gateway.isReady(), { timeout: 20_000 }).toBe(true)

    Object.assign(queue, broken)

    expect(await gateway.isReady()).toBe(false)
  })
})

describe('a gateway that stops', () => {
  it('answers the request in hand, ends its connection, and takes no other', async () => {
    let publish: () => void = () => undefined
    const published = new Promise<void>((resolve) => (publish = resolve))
    const { gateway, url } = makeGateway(
      { publish: () => (publish(), atOnce()) },
      { http: { storeTimeoutMs: 300 } },
    )
    await gateway.start()
    const sender = await signUp(url())
    const { channelId } = await makeServer(url(), sender)
    const body = { channel_id: channelId, content: 'in hand' }
    const answer = ask(url(), 'POST /messages', { token: sender.token, body })
    await published
    const address = url()

    await gateway.stop()

    const { status, headers } = await answer
    expect(status).toBe(202)
    expect(headers.get('connection')).toBe('close')
    await expect(ask(address, 'GET /healthz')).rejects.toThrow()
    expect(await gateway.isReady()).toBe(false)
  })
})
