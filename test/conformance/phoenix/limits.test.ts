import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { startTestTopics } from './mounts.js'
import { RawClient, reply } from './raw-client.js'

describe('phoenix: limits', () => {
  it('refuses joins beyond the limit of channels, and takes them again after a leave', async () => {
    await using served = await startTestTopics({ maxTopicsPerConnection: 1 })
    using client = await RawClient.open(served.url)
    await client.join('room:x', '1')

    client.send('2', '2', 'room:y', 'phx_join', {})
    client.send('3', '3', 'nope', 'phx_join', {})
    client.send('4', '4', 'room:x', 'phx_join', {})
    expect(await client.frames(5)).toEqual([
      reply('2', '2', 'room:y', 'error', { reason: 'too many channels joined' }),
      reply(null, '3', 'nope', 'error', { reason: 'unmatched topic' }),
      reply('4', '4', 'room:x', 'ok', {}),
      ['1', '1', 'room:x', 'phx_close', {}],
      ['4', null, 'room:x', 'hello', {}],
    ])

    client.send('4', '5', 'room:x', 'phx_leave', {})
    client.send('6', '6', 'room:y', 'phx_join', {})
    expect((await client.frames(3))[2]).toEqual(reply('6', '6', 'room:y', 'ok', {}))
  })

  it('D12: lets a connection join 100 channels by default', async () => {
    await using served = await startTestTopics()
    using client = await RawClient.open(served.url)
    for (let n = 0; n < 100; n++) await client.join(`room:${n}`, `${n}`)

    client.send('100', '100', 'room:100', 'phx_join', {})

    expect(await client.frame()).toEqual(
      reply('100', '100', 'room:100', 'error', { reason: 'too many channels joined' }),
    )
  })

  it('counts joins that are still running', async () => {
    await using served = await startTestTopics({ maxTopicsPerConnection: 2 })
    using client = await RawClient.open(served.url)

    for (const n of ['1', '2', '3']) client.send(n, n, `room:slow${n}`, 'phx_join', { ms: 20 })

    expect(await client.frame()).toEqual(
      reply('3', '3', 'room:slow3', 'error', { reason: 'too many channels joined' }),
    )
  })

  it('closes with 1009 on a message over the limit, and takes one of exactly that size', async () => {
    await using served = await startTestTopics({ maxFrameBytes: 100 })
    using client = await RawClient.open(served.url)
    const emptyLength = JSON.stringify([null, '1', 'phoenix', 'heartbeat', '']).length
    client.send(null, '1', 'phoenix', 'heartbeat', 'x'.repeat(100 - emptyLength))
    expect(await client.frame()).toEqual(reply(null, '1', 'phoenix', 'ok', {}))

    client.send(null, '1', 'phoenix', 'heartbeat', 'x'.repeat(101 - emptyLength))

    expect(await client.closed).toMatchObject({ code: 1009 })
    expect(served.at('/socket').counts.malformed).toBe(1)
  })

  it('takes messages of 64 KiB by default', async () => {
    await using served = await startTestTopics()
    using client = await RawClient.open(served.url)

    client.send(null, '1', 'phoenix', 'heartbeat', 'x'.repeat(65_536 - 38))
    expect(await client.frame()).toEqual(reply(null, '1', 'phoenix', 'ok', {}))
    client.send(null, '1', 'phoenix', 'heartbeat', 'x'.repeat(65_536))

    expect(await client.closed).toMatchObject({ code: 1009 })
  })

  it('closes with 1013 when too much waits for a join', async () => {
    await using served = await startTestTopics({ maxBufferedBytes: 2_000 })
    using client = await RawClient.open(served.url)
    client.send('1', '1', 'room:slow', 'phx_join', { ms: 1_000 })

    for (let n = 0; n < 10; n++) client.send('1', n, 'room:slow', 'echo', {})

    expect(await client.closed).toMatchObject({ code: 1013, frames: [] })
  })

  it('closes a client that does not read with 1013, and the others get everything', async () => {
    await using served = await startTestTopics({
      maxBufferedBytes: 100_000,
      stallTimeoutMs: 100,
      closeGraceMs: 50,
    })
    using slow = await RawClient.open(served.url)
    using fast = await RawClient.open(served.url)
    await slow.join('room:s')
    await fast.join('room:s')
    const text = 'x'.repeat(20_000)
    slow.ws.pause()

    let shouts = 0
    while (served.at('/socket').counts.slowConsumers === 0 && shouts < 2_000) {
      fast.send('1', shouts++, 'room:s', 'shout', { text })
      await fast.frames(2)
    }

    await expect.poll(() => served.topics.open.size).toBe(1)
    expect(served.at('/socket').counts.slowConsumers).toBe(1)
    expect(served.topics.journal).toContain('left room:s 1')
    fast.send('1', 'last', 'room:s', 'echo', {})
    expect(await fast.frame()).toEqual(reply('1', 'last', 'room:s', 'ok', {}))
  })

  it('hands a client that reads whatever one tick brings, in order', async () => {
    await using served = await startTestTopics({ maxBufferedBytes: 10_000 })
    using client = await RawClient.open(served.url)
    await client.join('room:s')
    const text = 'x'.repeat(20_000)

    for (let n = 0; n < 400; n++) served.topics.hub.broadcast('room:s', 'shout', { n, text })

    const shouts = await client.frames(400)
    expect(shouts).toEqual(shouts.map((_, n) => [null, null, 'room:s', 'shout', { n, text }]))
    expect(served.at('/socket').counts.slowConsumers).toBe(0)
  })

  it('closes a client for whom more waits than may with 1013, and never within a frame', async () => {
    await using served = await startTestTopics({ maxBurstBytes: 10_000 })
    using client = await RawClient.open(served.url)
    await client.join('room:s')

    client.send('1', '2', 'room:s', 'echo', { text: 'x'.repeat(20_000) })

    expect(await client.closed).toMatchObject({ code: 1013, reason: 'too slow' })
    expect(served.at('/socket').counts.slowConsumers).toBe(1)
  })

  it('sends without waiting for more to send', async () => {
    await using served = await startTestTopics()
    using client = await RawClient.open(served.url)
    await client.join('room:quick')
    const startMs = performance.now()

    for (let n = 0; n < 50; n++) {
      client.send('1', n, 'room:quick', 'shout', {})
      await client.frames(2)
    }

    // Nagle's algorithm with delayed acknowledgements would cost about 40 ms each.
    expect(performance.now() - startMs).toBeLessThan(1_500)
    client.ws.close()
    await once(client.ws, 'close')
  })
})
