import { describe, expect, it } from 'vitest'
import { startTestTopics } from './mounts.js'
import { RawClient, reply } from './raw-client.js'

const idleTimeoutMs = 150

describe('phoenix: liveness', () => {
  it('L3: closes a silent connection with 1002', async () => {
    await using served = await startTestTopics({ idleTimeoutMs })
    using client = await RawClient.open(served.url)
    const startMs = performance.now()
    client.send(null, '1', 'phoenix', 'heartbeat', {})

    const { code } = await client.closed

    expect(code).toBe(1002)
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(idleTimeoutMs - 5)
    expect(served.at('/socket').counts.idle).toBe(1)
  })

  it.each([
    ['messages', (client: RawClient) => client.send(null, '1', 'phoenix', 'heartbeat', {})],
    ['pings', (client: RawClient) => client.ws.ping()],
    ['pongs', (client: RawClient) => client.ws.pong()],
  ])('L2: keeps a connection that sends only %s', async (_what, touch) => {
    await using served = await startTestTopics({ idleTimeoutMs })
    using silent = await RawClient.open(served.url)
    using client = await RawClient.open(served.url)
    const touching = setInterval(() => touch(client), 20)

    await silent.closed
    using silentToo = await RawClient.open(served.url)
    await silentToo.closed

    clearInterval(touching)
    expect(client.ws.readyState).toBe(client.ws.OPEN)
  })

  it('L1: does not count what it sends', async () => {
    await using served = await startTestTopics({ idleTimeoutMs })
    using listener = await RawClient.open(served.url)
    using sender = await RawClient.open(served.url)
    await listener.join('room:idle')
    await sender.join('room:idle')
    const shouting = setInterval(() => sender.send('1', '9', 'room:idle', 'shout', {}), 20)

    const { code, frames } = await listener.closed

    clearInterval(shouting)
    expect(code).toBe(1002)
    expect(frames.length).toBeGreaterThan(0)
  })

  it('answers pings with their payload', async () => {
    await using served = await startTestTopics()
    using client = await RawClient.open(served.url)
    const pong = new Promise((resolve) => client.ws.on('pong', (data) => resolve(data.toString())))

    client.ws.ping('hi')

    expect(await pong).toBe('hi')
  })

  it.each([
    [1000, 1000],
    [4001, 4001],
    [undefined, 1005],
  ])('L4: echoes a close with %s at once', async (sent, got) => {
    await using served = await startTestTopics()
    using client = await RawClient.open(served.url)
    await client.join('room:a')

    client.ws.close(sent)

    expect(await client.closed).toMatchObject({ code: got })
    await expect.poll(() => served.topics.open.size).toBe(0)
    expect(served.topics.journal).toEqual(['joined room:a 1', 'left room:a 1'])
  })

  it('answers heartbeats of many connections, each its own', async () => {
    await using served = await startTestTopics()
    const clients = await Promise.all(Array.from({ length: 50 }, () => RawClient.open(served.url)))

    clients.forEach((client, n) => client.send(null, n, 'phoenix', 'heartbeat', {}))

    const replies = await Promise.all(clients.map((client) => client.frame()))
    expect(replies).toEqual(clients.map((_, n) => reply(null, n, 'phoenix', 'ok', {})))
    for (const client of clients) client.ws.terminate()
  })
})
