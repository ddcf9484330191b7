import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestTopics } from './mounts.js'
import { RawClient } from './raw-client.js'

type Served = Awaited<ReturnType<typeof startTestTopics>>
const topic = 'room:v1'
const reply = (ref: unknown, response: object = {}, status = 'ok', of = topic) => ({
  topic: of,
  event: 'phx_reply',
  payload: { status, response },
  ref,
})

describe('phoenix: version 1', () => {
  let served: Served
  let client: RawClient
  beforeAll(async () => void (served = await startTestTopics()))
  beforeEach(async () => {
    client = await RawClient.openV1(served.url)
    return () => client.ws.terminate()
  })
  afterAll(() => served[Symbol.asyncDispose]())

  const push = (event: string, payload: unknown, ref: unknown, joinRef?: unknown): void =>
    client.sendV1({ topic, event, payload, ref, ...(joinRef !== undefined && { join_ref: joinRef }) })

  it('H2: is what a connection without vsn speaks', async () => {
    client.sendV1({ topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '1' })

    expect(await client.text()).toBe(
      '{"topic":"phoenix","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"1"}',
    )
  })

  it('C4: writes topic, event, payload and ref, the ref also when it is null', async () => {
    push('phx_join', {}, 2)

    expect(await client.frames(2)).toEqual([reply(2), { topic, event: 'hello', payload: {}, ref: null }])
  })

  it('honours a join_ref where one is sent', async () => {
    push('phx_join', {}, '5', '5')
    await client.frames(2)

    push('echo', { stale: 1 }, '6', '4')
    push('echo', { mine: 1 }, '7', '5')
    push('phx_leave', {}, '8')

    expect(await client.frames(3)).toEqual([
      reply('7', { mine: 1 }),
      reply('8'),
      { topic, event: 'phx_close', payload: {}, ref: '5' },
    ])
  })

  it('D7: hears nothing of the join that a second one replaces, for it could not tell whose end that is', async () => {
    push('phx_join', {}, '1')
    await client.frames(2)

    push('phx_join', {}, '2')
    push('echo', {}, '3')

    expect(await client.frames(3)).toEqual([
      reply('2'),
      { topic, event: 'hello', payload: {}, ref: null },
      reply('3'),
    ])
    expect(served.topics.journal.slice(-3)).toEqual([
      'joined room:v1 1',
      'left room:v1 1',
      'joined room:v1 2',
    ])
  })

  it('D11: is told of a crash, and joins again', async () => {
    push('phx_join', {}, '1')
    await client.frames(2)

    push('boom', {}, '2')
    push('echo', {}, '3')
    push('phx_join', {}, '4')

    expect(await client.frames(3)).toEqual([
      { topic, event: 'phx_error', payload: { reason: 'channel_crash' }, ref: null },
      reply('3', { reason: 'unmatched topic' }, 'error'),
      reply('4'),
    ])
  })

  it('B4: shares its topics with version 2', async () => {
    using second = await RawClient.open(served.url)
    await second.join(topic, '9')
    push('phx_join', {}, '1')
    await client.frames(2)

    push('shout', { from: 1 }, '2')
    second.send('9', '10', topic, 'shout', { from: 2 })

    const shout = (from: number) => ({ topic, event: 'shout', payload: { from }, ref: null })
    expect(await client.frames(3)).toEqual([shout(1), reply('2'), shout(2)])
    expect(await second.frames(2)).toEqual([
      [null, null, topic, 'shout', { from: 1 }],
      [null, null, topic, 'shout', { from: 2 }],
    ])
  })

  it('gets no binary broadcast, and a channel that answers it with bytes crashes', async () => {
    using second = await RawClient.open(served.url)
    await second.join(topic, '9')
    push('phx_join', {}, '1')
    await client.frames(2)

    second.sendBinary(['9', '10', topic, 'binb'], Uint8Array.of(7))
    await second.text()
    push('echo', {}, '2')
    push('bin_reply', {}, '3')

    expect(await client.frames(2)).toEqual([
      reply('2'),
      { topic, event: 'phx_error', payload: { reason: 'channel_crash' }, ref: null },
    ])
  })

  it.each([
    ['[]'],
    ['[null,"1","room:v1","phx_join",{}]'],
    ['{"topic":"room:v1","event":"phx_join","payload":{}}'],
    ['{"event":"phx_join","payload":{},"ref":"1"}'],
    ['null'],
    ['x'],
  ])('C7: closes with 1011 on %s', async (text) => {
    client.ws.send(text)

    expect(await client.closed).toEqual({ code: 1011, reason: '', frames: [] })
  })

  it('C7: closes with 1011 on a binary frame', async () => {
    client.ws.send(Buffer.alloc(5))

    expect(await client.closed).toMatchObject({ code: 1011, frames: [] })
  })
})
