import { beforeEach, describe, expect, it } from 'vitest'
import { startTestTopics } from './mounts.js'
import { RawClient, reply } from './raw-client.js'

type Served = Awaited<ReturnType<typeof startTestTopics>>

describe('phoenix: the end of a channel', () => {
  let served: Served
  let client: RawClient
  beforeEach(async () => {
    served = await startTestTopics()
    client = await RawClient.open(served.url)
    return () => served[Symbol.asyncDispose]()
  })

  it('D10: by a leave: the reply, then phx_close, then the topic is free', async () => {
    await client.join('room:a', '2')

    client.send('2', '18', 'room:a', 'phx_leave', {})
    client.send('2', '19', 'room:a', 'phx_leave', {})
    client.send('2', '20', 'room:a', 'echo', {})

    expect(await client.frames(4)).toEqual([
      reply('2', '18', 'room:a', 'ok', {}),
      ['2', '2', 'room:a', 'phx_close', {}],
      reply('2', '19', 'room:a', 'ok', {}),
      reply(null, '20', 'room:a', 'error', { reason: 'unmatched topic' }),
    ])
    expect(served.topics.journal).toEqual(['joined room:a 2', 'left room:a 2'])
  })

  it.each(['boom', 'boom_later'])(
    'D11: by a crash (%s): phx_error, and no other channel notices',
    async (event) => {
      await client.join('room:c', '1')
      await client.join('room:d', '2')

      client.send('1', '3', 'room:c', event, {})
      expect(await client.frame()).toEqual(['1', '1', 'room:c', 'phx_error', { reason: 'channel_crash' }])

      client.send('1', '4', 'room:c', 'echo', {})
      client.send('2', '5', 'room:d', 'echo', {})
      expect(await client.frames(2)).toEqual([
        reply(null, '4', 'room:c', 'error', { reason: 'unmatched topic' }),
        reply('2', '5', 'room:d', 'ok', {}),
      ])
      expect(served.topics.journal).toEqual(['joined room:c 1', 'joined room:d 2', 'left room:c 1'])
    },
  )

  it('lets the topic be joined again after a crash', async () => {
    await client.join('room:c', '1')
    client.send('1', '2', 'room:c', 'boom', {})
    await client.frame()

    client.send('4', '4', 'room:c', 'phx_join', {})

    expect(await client.frame()).toEqual(reply('4', '4', 'room:c', 'ok', {}))
  })

  it('by the handler: phx_close, after its reply if there is one', async () => {
    await client.join('room:c', '4')
    client.send('4', '5', 'room:c', 'stop', {})
    expect(await client.settle()).toEqual([['4', '4', 'room:c', 'phx_close', {}]])

    await client.join('room:c', '6')
    client.send('6', '7', 'room:c', 'stop_reply', {})
    expect(await client.settle()).toEqual([
      reply('6', '7', 'room:c', 'ok', { bye: 1 }),
      ['6', '6', 'room:c', 'phx_close', {}],
    ])
    expect(served.topics.journal.filter((line) => line.startsWith('left'))).toEqual([
      'left room:c 4',
      'left room:c 6',
    ])
  })

  it('by the end of the connection: every channel leaves once, without frames', async () => {
    await client.join('room:x', '1')
    await client.join('room:y', '2')

    client.ws.terminate()

    await expect.poll(() => served.topics.open.size).toBe(0)
    expect(served.topics.journal.slice(2).sort()).toEqual(['left room:x 1', 'left room:y 2'])
  })

  it('by a handler that closes the connection: what waited for the channel is dropped', async () => {
    client.send('1', '1', 'room:slow', 'phx_join', { ms: 20 })
    client.send('1', '2', 'room:slow', 'disconnect_me', {})
    client.send('3', '3', 'room:slow', 'phx_join', { ms: 0 })

    const { code, frames } = await client.closed

    expect(code).toBe(1001)
    expect(frames.map((text): unknown => JSON.parse(text))).toEqual([reply('1', '1', 'room:slow', 'ok', {})])
    using later = await RawClient.open(served.url)
    later.send('4', '4', 'room:slow', 'phx_join', { ms: 5 })
    await later.frame()
    expect(served.topics.journal).toEqual(['joined room:slow 1', 'left room:slow 1', 'joined room:slow 4'])
  })

  it('by a forced disconnect of the user: 1001 on each of their connections, no channel frames', async () => {
    using mine = await RawClient.open(served.url, '&user_id=77')
    using mineToo = await RawClient.open(served.url, '&user_id=77')
    await client.join('room:x')
    await mine.join('room:x')

    mine.send('1', '2', 'room:x', 'disconnect_me', {})

    expect(await mine.closed).toMatchObject({ code: 1001, frames: [] })
    expect(await mineToo.closed).toMatchObject({ code: 1001, frames: [] })
    expect(await client.settle()).toEqual([])
  })
})
