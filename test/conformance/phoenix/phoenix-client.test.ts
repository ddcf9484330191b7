import type { Channel, Socket, SocketConnectOption } from 'phoenix'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startTestTopics } from './mounts.js'
import { answer, connect as connectTo, stockClients } from '../../support/stock-clients.js'

type Served = Awaited<ReturnType<typeof startTestTopics>>

describe.each(stockClients)('phoenix: phoenix.js $version', (client) => {
  let served: Served
  const sockets: Socket[] = []
  beforeEach(async () => void (served = await startTestTopics()))
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.disconnect()
    await served[Symbol.asyncDispose]()
  })

  function connect(options?: Partial<SocketConnectOption>, url = served.url): Socket {
    const socket = connectTo(client, `${url}/socket`, options)
    sockets.push(socket)
    return socket
  }

  /** Joins, and counts each time that the server lets it in. */
  function counting(channel: Channel): { joins: number } {
    const counted = { joins: 0 }
    channel.join().receive('ok', () => void (counted.joins += 1))
    return counted
  }

  const membersOf = (topic: string): number => served.topics.hub.members(topic).size

  /** The server goes away by `stop`, and another comes in its place. */
  async function restart(
    stop: (served: Served) => Promise<unknown>,
    whileAway: () => unknown = () => undefined,
  ) {
    await stop(served)
    await served[Symbol.asyncDispose]()
    await whileAway()
    served = await startTestTopics({}, served.port)
  }

  describe('core', () => {
    it('connects with parameters, joins with a payload, and gets the response', async () => {
      const socket = connect({ params: { user_id: 7 } })

      const joined = await answer(socket.channel('room:reply', { k: 'v' }).join())

      expect(joined).toEqual({ status: 'ok', response: { echo: { k: 'v' } } })
      const [connection] = served.topics.open
      expect(connection?.state).toMatchObject({ socketId: 'u:7', params: { vsn: `${client.vsn}.0.0` } })
    })

    it('gets replies of every status, also to what it pushed before the join was answered', async () => {
      const channel = connect().channel('room:a')

      const joined = answer(channel.join())
      const early = answer(channel.push('echo', { a: 1 }))

      expect(await joined).toEqual({ status: 'ok', response: {} })
      expect(await early).toEqual({ status: 'ok', response: { a: 1 } })
      expect(await answer(channel.push('err', { b: 2 }))).toEqual({ status: 'error', response: { b: 2 } })
      expect(await answer(channel.push('custom_status', {}))).toEqual({ status: 'queued', response: {} })
      expect(await answer(channel.push('async', { z: 1 }))).toEqual({ status: 'ok', response: { z: 1 } })
      expect(await answer(channel.push('never', {}, 20))).toMatchObject({ status: 'timeout' })
    })

    it('gets pushes and broadcasts, its own too, and none after it has left', async () => {
      const [alice, bob] = [connect().channel('room:a'), connect().channel('room:a')]
      const heard: unknown[] = []
      bob.on('hello', () => void heard.push('hello'))
      for (const channel of [alice, bob]) channel.on('shout', (payload) => void heard.push(payload))
      await Promise.all([answer(alice.join()), answer(bob.join())])
      await expect.poll(() => heard).toEqual(['hello'])

      await answer(alice.push('shout', { n: 1 }))
      await expect.poll(() => heard).toEqual(['hello', { n: 1 }, { n: 1 }])
      await answer(bob.leave())
      await answer(alice.push('shout', { n: 2 }))

      expect(bob.state).toBe('closed')
      expect(heard).toEqual(['hello', { n: 1 }, { n: 1 }, { n: 2 }])
      expect(membersOf('room:a')).toBe(1)
    })

    if (client.hasBinary)
      it('sends and gets bytes', async () => {
        const channel = connect().channel('room:bin')
        const heard: unknown[] = []
        for (const event of ['bin', 'binb'])
          channel.on(event, (payload: ArrayBuffer) => void heard.push([event, [...new Uint8Array(payload)]]))
        await answer(channel.join())

        const { status, response } = await answer(channel.push('bin', Uint8Array.of(1, 2).buffer))
        channel.push('binb', Uint8Array.of(7, 7).buffer)

        expect([status, [...new Uint8Array(response as ArrayBuffer)]]).toEqual(['ok', [1, 2, 9]])
        const all = [
          ['bin', [0, 1]],
          ['binb', [7, 7]],
        ]
        await expect.poll(() => heard).toEqual(all)
      })

    it('disconnects cleanly', async () => {
      const socket = connect()
      await answer(socket.channel('room:a').join())

      socket.disconnect()

      await expect.poll(() => served.at('/socket').connections).toBe(0)
      expect(served.topics.journal).toHaveLength(2)
    })
  })

  describe('errors', () => {
    it('is told why a join is refused, and tries again if it is one that does', async () => {
      const socket = connect()
      const reasons: unknown[] = []

      const denied = socket.channel('room:deny')
      denied.join().receive('error', (response) => void reasons.push(response))
      await expect.poll(() => reasons.length).toBeGreaterThan(client.retriesRefused ? 2 : 0)
      denied.leave()

      expect(reasons[0]).toEqual({ reason: 'unauthorized' })
      expect(await answer(socket.channel('nope').join())).toEqual({
        status: 'error',
        response: { reason: 'unmatched topic' },
      })
      expect(await answer(socket.channel('room:crashjoin').join())).toEqual({
        status: 'error',
        response: { reason: 'join crashed' },
      })
    })

    it('joins again after a crash of its channel, which no other notices, and not after phx_close', async () => {
      const socket = connect()
      const [channel, other] = [socket.channel('room:a'), socket.channel('room:b')]
      const [counted, counters] = [counting(channel), counting(other)]
      await expect.poll(() => [counted.joins, counters.joins]).toEqual([1, 1])

      channel.push('boom', {})
      await expect.poll(() => counted.joins).toBe(2)
      channel.push('stop', {})
      await expect.poll(() => channel.state).toBe('closed')

      expect(await answer(other.push('echo', { n: 1 }))).toEqual({ status: 'ok', response: { n: 1 } })
      expect([counted.joins, counters.joins]).toEqual([2, 1])
    })

    it('joins again where its join took longer than it waits', async () => {
      const channel = connect().channel('room:slow', { ms: 60 })
      const statuses: string[] = []

      const joining = channel.join(20)
      joining.receive('timeout', () => void statuses.push('timeout'))
      await expect.poll(() => statuses).toContain('timeout')
      await expect.poll(() => served.topics.journal.length).toBeGreaterThan(1)
      channel.leave()

      await expect.poll(() => membersOf('room:slow')).toBe(0)
    })
  })

  describe('duplicate join', () => {
    it('of a topic by one connection: the newer wins, and stays', async () => {
      const socket = connect()
      const first = socket.channel('room:a')
      await answer(first.join())
      const second = socket.channel('room:a')
      const heard: unknown[] = []
      second.on('shout', (payload) => void heard.push(payload))

      expect(await answer(second.join())).toMatchObject({ status: 'ok' })

      expect(await answer(second.push('echo', { n: 2 }))).toEqual({ status: 'ok', response: { n: 2 } })
      await answer(second.push('shout', { n: 3 }))
      expect(heard).toEqual([{ n: 3 }])
      expect([second.state, membersOf('room:a')]).toEqual(['joined', 1])
    })

    it('when the first attempt to connect has failed: one subscription, nothing doubled', async () => {
      let channel!: Channel
      const heard: unknown[] = []
      let failures = 0
      await restart(
        async () => undefined,
        async () => {
          const socket = connect()
          socket.onError(() => void (failures += 1))
          channel = socket.channel('room:a')
          channel.on('shout', (payload) => void heard.push(payload))
          channel.join()
          await expect.poll(() => failures).toBeGreaterThan(0)
        },
      )

      await expect.poll(() => channel.state).toBe('joined')
      await answer(channel.push('echo', {}))
      await answer(channel.push('shout', { n: 1 }))

      expect(heard).toEqual([{ n: 1 }])
      expect(membersOf('room:a')).toBe(1)
    })
  })

  describe('restart', () => {
    it.each([
      ['is drained', (each: Served) => each.at('/socket').drain({ intervalMs: 1 })],
      ['is gone without a word', (each: Served) => each.at('/socket').stop()],
    ])('R3: comes back when the server %s, and what it pushed meanwhile arrives', async (_how, stop) => {
      const channel = connect().channel('room:a')
      const counted = counting(channel)
      await expect.poll(() => counted.joins).toBe(1)

      let pushed!: ReturnType<typeof answer>
      await restart(stop, () => {
        pushed = answer(channel.push('echo', { while: 'away' }))
      })

      expect(await pushed).toEqual({ status: 'ok', response: { while: 'away' } })
      expect([counted.joins, membersOf('room:a')]).toEqual([2, 1])
    })

    it.each([1001, 1002, 1011, 1012, 1013] as const)('comes back after %i', async (code) => {
      const channel = connect().channel('room:a')
      const counted = counting(channel)
      await expect.poll(() => counted.joins).toBe(1)

      for (const connection of served.topics.open) connection.close(code)

      await expect.poll(() => counted.joins).toBe(2)
      expect(await answer(channel.push('echo', { back: 1 }))).toEqual({ status: 'ok', response: { back: 1 } })
    })
  })

  describe('heartbeat', () => {
    it('keeps its connection by heartbeats alone', async () => {
      await using short = await startTestTopics({ idleTimeoutMs: 800 })
      let closes = 0
      const socket = connect({ heartbeatIntervalMs: 200 }, short.url)
      socket.onClose(() => void (closes += 1))
      await expect.poll(() => short.topics.open.size).toBe(1)

      for (let n = 0; n < 2; n++) {
        const silent = new WebSocket(`${short.url}/socket/websocket?vsn=2.0.0`)
        await new Promise((resolve) => silent.on('close', resolve))
      }

      expect(short.at('/socket').counts).toMatchObject({ opened: 3, idle: 2 })
      expect(closes).toBe(0)
      socket.disconnect()
    })

    it('comes back when it was closed for its silence', async () => {
      await using short = await startTestTopics({ idleTimeoutMs: 100 })
      const socket = connect({ heartbeatIntervalMs: 60_000 }, short.url)
      const counted = counting(socket.channel('room:a'))

      await expect.poll(() => counted.joins).toBeGreaterThan(1)

      expect(short.at('/socket').counts.idle).toBeGreaterThan(0)
      socket.disconnect()
    })
  })
})

describe('phoenix: phoenix.js', () => {
  it('H5: hands over its authToken by the subprotocol', async () => {
    await using served = await startTestTopics()
    const socket = connectTo({ module: 'phoenix' }, `${served.url}/socket`, { authToken: 'secret-token' })

    await answer(socket.channel('room:a').join())

    const [connection] = served.topics.open
    expect(connection?.state.token).toBe('secret-token')
    socket.disconnect()
  })
})
