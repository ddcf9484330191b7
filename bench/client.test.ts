import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import { WireClient, type ClientOptions, type Reply } from './client.js'
import { Heartbeats } from './heartbeats.js'

type Frame = [string | null, string | null, string, string, unknown]

let server: WebSocketServer
let peer: WebSocket
let client: WireClient
const heartbeats = new Heartbeats()

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
})
afterEach(() => {
  client.terminate()
  server.close()
})

async function connect(options: Partial<ClientOptions> = {}): Promise<void> {
  const connected = once(server, 'connection') as Promise<[WebSocket]>
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  client = await WireClient.connect({ url, token: 't', heartbeats, ...options })
  peer = (await connected)[0]
}

async function received(): Promise<Frame> {
  const [data] = (await once(peer, 'message')) as [Buffer]
  return JSON.parse(data.toString()) as Frame
}

/** A promise that the test settles itself. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}

const send = (...frame: Frame) => peer.send(JSON.stringify(frame))
const ok = { status: 'ok', response: { id: 'm1' } }

/** Joins `channel:1`, answered with ok. */
async function join(): Promise<string> {
  const joined = new Promise<Reply>((resolve) => client.join('channel:1', {}, resolve))
  const [joinRef, ref, topic] = await received()
  send(joinRef, ref, topic, 'phx_reply', ok)
  await joined
  return String(joinRef)
}

describe('wire client', () => {
  it('pushes on a joined topic and gives the reply to whoever asked', async () => {
    await connect()
    const joinRef = await join()

    const replied = new Promise<Reply>((resolve) =>
      client.push('channel:1', 'message:send', { content: 'Olá' }, resolve),
    )
    const frame = await received()
    send(frame[0], frame[1], frame[2], 'phx_reply', ok)

    expect(frame).toEqual([joinRef, '2', 'channel:1', 'message:send', { content: 'Olá' }])
    expect(await replied).toEqual(ok)
  })

  it('hands on broadcasts and pushes of the current join, and leaves out those of an earlier one', async () => {
    const events: string[] = []
    const last = deferred<void>()
    await connect({
      onEvent: (_, event) => {
        events.push(event)
        if (event === 'last') last.resolve()
      },
    })
    const joinRef = await join()

    send(null, null, 'channel:1', 'broadcast', {})
    send('stale', null, 'channel:1', 'stale', {})
    send(joinRef, null, 'channel:1', 'push', {})
    send(null, null, 'channel:1', 'last', {})
    await last.promise

    expect(events).toEqual(['broadcast', 'push', 'last'])
  })

  it('calls a reply back before it looks at the next frame', async () => {
    const order: string[] = []
    const seen = deferred<void>()
    await connect({ onEvent: (_, event) => (order.push(event), seen.resolve()) })
    client.join('channel:1', {}, () => order.push('joined'))
    const [joinRef, ref, topic] = await received()

    send(joinRef, ref, topic, 'phx_reply', ok)
    send(null, null, topic, 'message:new', {})
    await seen.promise

    expect(order).toEqual(['joined', 'message:new'])
  })

  it('answers open pushes when the connection closes, and then says that it closed', async () => {
    const closed = deferred<number>()
    await connect({ onClose: (code) => closed.resolve(code) })
    const replied = new Promise<Reply>((resolve) => client.push('channel:1', 'message:send', {}, resolve))

    peer.close(1012)

    expect(await replied).toEqual({ status: 'closed' })
    expect(await closed.promise).toBe(1012)
  })

  it('gives a push up when there is no reply in time', async () => {
    await connect({ replyTimeoutMs: 10 })

    const reply = await new Promise<Reply>((resolve) => client.push('channel:1', 'message:send', {}, resolve))

    expect(reply).toEqual({ status: 'timeout' })
  })

  it('cuts a connection whose last heartbeat was not answered', async () => {
    const closed = deferred<number>()
    await connect({ onClose: (code) => closed.resolve(code) })

    client.beat()
    expect((await received()).slice(2)).toEqual(['phoenix', 'heartbeat', {}])
    client.beat()

    expect(await closed.promise).toBe(1006)
  })
})
