import { describe, expect, it } from 'vitest'
import { startMounts, startTestTopics } from './mounts.js'
import { RawClient } from './raw-client.js'
import { upgrade } from './upgrade.js'

const V2 = '/socket/websocket?vsn=2.0.0'

describe('phoenix: drain', () => {
  it('R1: closes every connection with 1012, those without channels too, after what was sent', async () => {
    await using served = await startTestTopics()
    using joined = await RawClient.open(served.url)
    using bare = await RawClient.open(served.url)
    await joined.join('room:a')
    served.topics.hub.broadcast('room:a', 'last', {})

    await served.at('/socket').drain({ intervalMs: 1 })

    expect(await joined.closed).toEqual({
      code: 1012,
      reason: '',
      frames: ['[null,null,"room:a","last",{}]'],
    })
    expect(await bare.closed).toEqual({ code: 1012, reason: '', frames: [] })
    expect(served.at('/socket').connections).toBe(0)
    expect(served.topics.open.size).toBe(0)
    expect(served.topics.journal).toEqual(['joined room:a 1', 'left room:a 1'])
  })

  it('R2: goes in batches: until its turn comes a connection works', async () => {
    await using served = await startTestTopics()
    const clients = await Promise.all(Array.from({ length: 6 }, () => RawClient.open(served.url)))
    const closed: number[] = []
    clients.forEach((client, n) => client.ws.on('close', () => closed.push(n)))

    const drained = served.at('/socket').drain({ batchSize: 2, intervalMs: 100 })
    await expect.poll(() => closed.length, { interval: 5 }).toBe(2)
    const working = clients.filter((_, n) => !closed.includes(n))
    await Promise.all(working.slice(0, 4).map((client) => client.settle()))
    expect(await upgrade(served.port, V2)).toMatchObject({ status: 503 })

    await drained
    const codes = await Promise.all(clients.map(async (client) => (await client.closed).code))
    expect(codes).toEqual([1012, 1012, 1012, 1012, 1012, 1012])
  })

  it('drops what does not close in time', async () => {
    await using served = await startTestTopics({ closeGraceMs: 30 })
    using stuck = await RawClient.open(served.url)
    stuck.ws.pause()

    await served.at('/socket').drain()

    expect(served.at('/socket').connections).toBe(0)
  })

  it('drops everything at once when its signal aborts', async () => {
    await using served = await startTestTopics()
    const clients = await Promise.all(Array.from({ length: 3 }, () => RawClient.open(served.url)))
    const abort = new AbortController()

    const drained = served.at('/socket').drain({ batchSize: 1, intervalMs: 60_000, signal: abort.signal })
    await Promise.any(clients.map((client) => client.closed))
    abort.abort()
    await drained

    const codes = await Promise.all(clients.map(async (client) => (await client.closed).code))
    expect(codes.sort()).toEqual([1006, 1006, 1012])
  })

  it('ends the handshakes that are being decided about with 503', async () => {
    let asked = 0
    const connect = (): Promise<void> => {
      asked += 1
      return new Promise(() => undefined)
    }
    await using mounts = await startMounts(
      { connect, topic: () => undefined },
      { '/socket': { connectTimeoutMs: 60_000 } },
    )
    const answer = upgrade(mounts.port, V2)
    await expect.poll(() => asked).toBe(1)

    await mounts.at('/socket').drain()

    expect(await answer).toMatchObject({ status: 503 })
    expect(mounts.at('/socket').connecting).toBe(0)
  })

  it('drops everything when its signal has aborted before', async () => {
    await using served = await startTestTopics()
    using client = await RawClient.open(served.url)
    using second = await RawClient.open(served.url)

    await served.at('/socket').drain({ signal: AbortSignal.abort() })

    expect([(await client.closed).code, (await second.closed).code]).toEqual([1006, 1006])
  })

  it('can be asked for twice, and ends when the server is stopped', async () => {
    await using served = await startTestTopics()
    const clients = await Promise.all(Array.from({ length: 3 }, () => RawClient.open(served.url)))
    const server = served.at('/socket')

    const first = server.drain({ batchSize: 1, intervalMs: 60_000 })
    expect(server.drain()).toBe(first)
    await Promise.any(clients.map((client) => client.closed))
    await Promise.all([first, server.stop(), server.stop()])

    await Promise.all(clients.map((client) => client.closed))
    expect(server.connections).toBe(0)
  })
})
