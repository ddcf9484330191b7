import { Socket, type Channel, type SocketConnectOption } from 'phoenix'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startTestTopics } from './mounts.js'

type Served = Awaited<ReturnType<typeof startTestTopics>>

describe('phoenix: the stock JavaScript client', () => {
  let served: Served
  const sockets: Socket[] = []
  beforeEach(async () => void (served = await startTestTopics()))
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.disconnect()
    await served[Symbol.asyncDispose]()
  })

  function connect(options: Partial<SocketConnectOption> = {}): Socket {
    const socket = new Socket(`${served.url}/socket`, {
      transport: WebSocket,
      reconnectAfterMs: () => 10,
      rejoinAfterMs: () => 10,
      ...options,
    })
    sockets.push(socket)
    socket.connect()
    return socket
  }

  it('connects with parameters and its authToken, joins, and gets the response', async () => {
    const socket = connect({ authToken: 'secret-token', params: { user_id: 7 } })
    const channel = socket.channel('room:reply', { k: 'v' })

    expect(await answer(channel.join())).toEqual({ status: 'ok', response: { echo: { k: 'v' } } })

    const [connection] = served.topics.open
    expect(connection?.state).toMatchObject({ socketId: 'u:7', token: 'secret-token' })
  })

  it('gets replies of every status, also to what it pushed before the join was answered', async () => {
    const channel = connect().channel('room:a')

    const early = answer(channel.join())
    const echoed = answer(channel.push('echo', { a: 1 }))

    expect(await early).toEqual({ status: 'ok', response: {} })
    expect(await echoed).toEqual({ status: 'ok', response: { a: 1 } })
    expect(await answer(channel.push('err', { b: 2 }))).toEqual({ status: 'error', response: { b: 2 } })
    expect(await answer(channel.push('custom_status', {}))).toEqual({ status: 'queued', response: {} })
    expect(await answer(channel.push('never', {}, 20))).toMatchObject({ status: 'timeout' })
  })

  it('gets broadcasts and pushes, and none after it has left', async () => {
    const [alice, bob] = [connect(), connect()].map((socket) => socket.channel('room:a')) as [
      Channel,
      Channel,
    ]
    const heard: unknown[] = []
    bob.on('shout', (payload) => void heard.push(payload))
    await Promise.all([answer(alice.join()), answer(bob.join())])

    await answer(alice.push('shout', { n: 1 }))
    await expect.poll(() => heard).toEqual([{ n: 1 }])
    await answer(bob.leave())
    await answer(alice.push('shout', { n: 2 }))

    expect(bob.state).toBe('closed')
    expect(heard).toEqual([{ n: 1 }])
  })

  it('is told why a join is refused, and tries again', async () => {
    const socket = connect()
    const reasons: unknown[] = []

    const denied = socket.channel('room:deny')
    denied.join().receive('error', (response) => void reasons.push(response))
    await expect.poll(() => reasons.length).toBeGreaterThan(2)
    denied.leave()

    expect(reasons[0]).toEqual({ reason: 'unauthorized' })
    expect(await answer(socket.channel('nope').join())).toEqual({
      status: 'error',
      response: { reason: 'unmatched topic' },
    })
  })

  it('joins again after a crash of its channel, and not after phx_close', async () => {
    const socket = connect()
    const channel = socket.channel('room:a')
    let joins = 0
    channel.join().receive('ok', () => (joins += 1))
    await expect.poll(() => joins).toBe(1)

    channel.push('boom', {})
    await expect.poll(() => joins).toBe(2)
    channel.push('stop', {})
    await expect.poll(() => channel.state).toBe('closed')

    expect(socket.isConnected()).toBe(true)
    expect(joins).toBe(2)
  })

  it('survives a second join of its topic by the same connection: the newer one wins', async () => {
    const socket = connect()
    const first = socket.channel('room:a')
    await answer(first.join())

    const second = socket.channel('room:a')
    expect(await answer(second.join())).toMatchObject({ status: 'ok' })

    expect(first.state).toBe('closed')
    expect(await answer(second.push('echo', { n: 2 }))).toEqual({ status: 'ok', response: { n: 2 } })
    expect(served.topics.hub.members('room:a').size).toBe(1)
  })

  it('keeps its connection by heartbeats alone', async () => {
    await using short = await startTestTopics({ idleTimeoutMs: 800 })
    let closes = 0
    const socket = new Socket(`${short.url}/socket`, { transport: WebSocket, heartbeatIntervalMs: 250 })
    sockets.push(socket)
    socket.onClose(() => void (closes += 1))
    socket.connect()
    await expect.poll(() => short.topics.open.size).toBe(1)
    const opened = short.at('/socket').counts.opened

    const silent = new WebSocket(`${short.url}/socket/websocket?vsn=2.0.0`)
    await new Promise((resolve) => silent.on('close', resolve))

    expect(short.at('/socket').counts.opened).toBe(opened + 1)
    expect(closes).toBe(0)
    socket.disconnect()
  })

  it.each([1001, 1011, 1012, 1013] as const)('reconnects and joins again after %i', async (code) => {
    const socket = connect()
    const channel = socket.channel('room:a')
    let joins = 0
    channel.join().receive('ok', () => (joins += 1))
    await expect.poll(() => joins).toBe(1)

    for (const connection of served.topics.open) connection.close(code)

    await expect.poll(() => joins).toBe(2)
    expect(await answer(channel.push('echo', { back: true }))).toEqual({
      status: 'ok',
      response: { back: true },
    })
  })

  it('disconnects cleanly', async () => {
    const socket = connect()
    await answer(socket.channel('room:a').join())

    await new Promise<void>((resolve) => socket.disconnect(resolve))

    await expect.poll(() => served.at('/socket').connections).toBe(0)
    expect(served.topics.journal).toHaveLength(2)
  })
})

type Answer = { status: string; response: unknown }
type Push = ReturnType<Channel['push']>

/** The first answer to a push, of whatever status. */
function answer(push: Push): Promise<Answer> {
  const anyStatus = push as unknown as {
    receive(status: string, callback: (response: unknown) => void): unknown
  }
  return new Promise((resolve) => {
    for (const status of ['ok', 'error', 'queued', 'timeout']) {
      anyStatus.receive(status, (response) => resolve({ status, response }))
    }
  })
}
