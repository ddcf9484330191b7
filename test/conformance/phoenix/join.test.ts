import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestTopics } from './mounts.js'
import { RawClient, reply } from './raw-client.js'

type Served = Awaited<ReturnType<typeof startTestTopics>>

describe('phoenix: joins', () => {
  let served: Served
  let client: RawClient
  beforeAll(async () => void (served = await startTestTopics()))
  beforeEach(async () => {
    client = await RawClient.open(served.url)
    return () => client.ws.terminate()
  })
  afterAll(() => served[Symbol.asyncDispose]())

  it('answer with what the handler returns', async () => {
    client.send('21', '22', 'room:reply', 'phx_join', { k: 'v' })

    expect(await client.frame()).toEqual(reply('21', '22', 'room:reply', 'ok', { echo: { k: 'v' } }))
  })

  it('hand a null payload to the handler as an empty object', async () => {
    client.send('21', '21', 'room:reply', 'phx_join', null)

    expect(await client.frame()).toEqual(reply('21', '21', 'room:reply', 'ok', { echo: {} }))
  })

  it('that are refused or crash leave the topic free, without phx_close', async () => {
    client.send('22', '23', 'room:deny', 'phx_join', {})
    client.send('26', '27', 'room:crashjoin', 'phx_join', {})
    client.send('22', '24', 'room:deny', 'echo', {})

    expect(await client.frames(3)).toEqual([
      reply('22', '23', 'room:deny', 'error', { reason: 'unauthorized' }),
      reply('26', '27', 'room:crashjoin', 'error', { reason: 'join crashed' }),
      reply(null, '24', 'room:deny', 'error', { reason: 'unmatched topic' }),
    ])
    expect(await client.settle()).toEqual([])
    expect(served.topics.journal.filter((line) => /deny|crashjoin/.test(line))).toEqual([])
  })

  it('with a null join_ref use their ref on what the channel sends', async () => {
    client.send(null, '1', 'room:nj', 'phx_join', {})
    client.send(null, '2', 'room:nj', 'echo', { a: 1 })
    client.send('1', '3', 'room:nj', 'echo', { stale: 1 })
    client.send(null, '4', 'room:nj', 'phx_leave', {})

    expect(await client.frames(5)).toEqual([
      reply(null, '1', 'room:nj', 'ok', {}),
      ['1', null, 'room:nj', 'hello', {}],
      reply('1', '2', 'room:nj', 'ok', { a: 1 }),
      reply('1', '4', 'room:nj', 'ok', {}),
      [null, null, 'room:nj', 'phx_close', {}],
    ])
  })

  it('D7: replace an earlier join of the topic: new reply, old phx_close, then the new channel', async () => {
    await client.join('room:d', '1')

    client.send('2', '2', 'room:d', 'phx_join', {})
    client.send('1', '3', 'room:d', 'echo', { old: 1 })
    client.send('2', '4', 'room:d', 'echo', { new: 1 })

    expect(await client.frames(4)).toEqual([
      reply('2', '2', 'room:d', 'ok', {}),
      ['1', '1', 'room:d', 'phx_close', {}],
      ['2', null, 'room:d', 'hello', {}],
      reply('2', '4', 'room:d', 'ok', { new: 1 }),
    ])
    expect(served.topics.journal.slice(-3)).toEqual(['joined room:d 1', 'left room:d 1', 'joined room:d 2'])
  })

  it('end the earlier join also when they fail', async () => {
    client.send('1', '1', 'room:slower', 'phx_join', { ms: 1 })
    await client.frame()

    client.send('2', '2', 'room:slower', 'phx_join', { ms: 'no number' })
    client.send('1', '3', 'room:slower', 'echo', {})

    expect(await client.frames(3)).toEqual([
      reply('2', '2', 'room:slower', 'error', { reason: 'join crashed' }),
      ['1', '1', 'room:slower', 'phx_close', {}],
      reply(null, '3', 'room:slower', 'error', { reason: 'unmatched topic' }),
    ])
  })

  it('D8: that come twice in one segment leave one channel, the last', async () => {
    client.sendTogether(['1', '1', 'room:twice', 'phx_join', {}], ['2', '2', 'room:twice', 'phx_join', {}])

    expect(await client.frames(5)).toEqual([
      reply('1', '1', 'room:twice', 'ok', {}),
      ['1', null, 'room:twice', 'hello', {}],
      reply('2', '2', 'room:twice', 'ok', {}),
      ['1', '1', 'room:twice', 'phx_close', {}],
      ['2', null, 'room:twice', 'hello', {}],
    ])
    client.send('2', '3', 'room:twice', 'shout', {})
    expect(await client.settle()).toEqual([
      [null, null, 'room:twice', 'shout', {}],
      reply('2', '3', 'room:twice', 'ok', {}),
    ])
  })

  it('D9: hold the messages of their topic, and nothing else', async () => {
    client.send('1', '1', 'room:slow', 'phx_join', { ms: 60 })
    client.send('1', '2', 'room:slow', 'echo', { waits: 1 })
    client.send('3', '3', 'room:slow', 'phx_join', { ms: 1 })
    client.send('3', '4', 'room:slow', 'echo', { waits: 2 })
    client.send(null, '5', 'room:slow', 'phx_leave', {})
    client.send('6', '6', 'room:fast', 'phx_join', {})
    client.send(null, '7', 'phoenix', 'heartbeat', {})

    expect(await client.frames(10)).toEqual([
      reply(null, '7', 'phoenix', 'ok', {}),
      reply('6', '6', 'room:fast', 'ok', {}),
      ['6', null, 'room:fast', 'hello', {}],
      reply('1', '1', 'room:slow', 'ok', {}),
      reply('1', '2', 'room:slow', 'ok', { waits: 1 }),
      reply('3', '3', 'room:slow', 'ok', {}),
      ['1', '1', 'room:slow', 'phx_close', {}],
      reply('3', '4', 'room:slow', 'ok', { waits: 2 }),
      reply('3', '5', 'room:slow', 'ok', {}),
      ['3', '3', 'room:slow', 'phx_close', {}],
    ])
  })

  it('D6: come before everything else of their channel', async () => {
    using other = await RawClient.open(served.url)
    await other.join('room:busy')
    const shouts = setInterval(() => other.send('1', '2', 'room:busy', 'shout', {}), 0)

    for (let n = 0; n < 20; n++) {
      client.send(n, n, 'room:busy', 'phx_join', {})
      expect(await client.frame()).toEqual(reply(n, n, 'room:busy', 'ok', {}))
      client.send(n, 'leave', 'room:busy', 'phx_leave', {})
      await client.settle()
    }
    clearInterval(shouts)
  })
})
