import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestTopics } from './mounts.js'
import { RawClient, reply } from './raw-client.js'

type Served = Awaited<ReturnType<typeof startTestTopics>>
const unmatched = { reason: 'unmatched topic' }

describe('phoenix: dispatch', () => {
  let served: Served
  let client: RawClient
  beforeAll(async () => void (served = await startTestTopics()))
  beforeEach(async () => {
    client = await RawClient.open(served.url)
    return () => client.ws.terminate()
  })
  afterAll(() => served[Symbol.asyncDispose]())

  it.each([
    [null, '1', {}],
    [null, '29', null],
    [null, null, {}],
    ['5', '29', {}],
    ['', 'heartbeat:A', {}],
    [null, 30, {}],
  ])('D1: answers a heartbeat with join_ref %j, ref %j, payload %j', async (joinRef, ref, payload) => {
    client.send(joinRef, ref, 'phoenix', 'heartbeat', payload)

    expect(await client.frame()).toEqual(reply(null, ref, 'phoenix', 'ok', {}))
  })

  it.each([
    ['23', '23', 'nope', 'phx_join'],
    ['25', '25', 'exactly', 'phx_join'],
    [null, '27', 'phoenix', 'foo'],
    [null, '28', 'phoenix', 'phx_join'],
    ['2', '20', 'room:free', 'echo'],
    [null, '1', null, null],
    [null, '1', 5, 'phx_join'],
    [null, '1', 'room:m', 5],
    [null, '1', true, 'echo'],
  ])(
    'D2: answers [%j,%j,%j,%j] with unmatched topic and a null join_ref',
    async (joinRef, ref, topic, event) => {
      client.send(joinRef, ref, topic, event, {})

      expect(await client.frame()).toEqual(reply(null, ref, topic, 'error', unmatched))
    },
  )

  it('joins an exact topic', async () => {
    client.send('24', '24', 'exact', 'phx_join', {})

    expect(await client.frame()).toEqual(reply('24', '24', 'exact', 'ok', {}))
  })

  it('D3: acknowledges a leave of a topic that is not joined', async () => {
    client.send('2', '19', 'room:a', 'phx_leave', {})

    expect(await client.settle()).toEqual([reply('2', '19', 'room:a', 'ok', {})])
  })

  it('D4: ignores what carries another join_ref, leaves included', async () => {
    await client.join('room:a', '2')

    client.send('99', '12', 'room:a', 'echo', {})
    client.send('', '13', 'room:a', 'echo', {})
    client.send('99', '17', 'room:a', 'phx_leave', {})

    expect(await client.settle()).toEqual([])
    client.send('2', '18', 'room:a', 'echo', { still: 'joined' })
    expect(await client.frame()).toEqual(reply('2', '18', 'room:a', 'ok', { still: 'joined' }))
  })

  it('D5: accepts a null join_ref', async () => {
    await client.join('room:a', '2')

    client.send(null, '11', 'room:a', 'echo', {})
    client.send(null, '12', 'room:a', 'phx_leave', {})

    expect(await client.frames(3)).toEqual([
      reply('2', '11', 'room:a', 'ok', {}),
      reply('2', '12', 'room:a', 'ok', {}),
      ['2', '2', 'room:a', 'phx_close', {}],
    ])
  })

  it.each([
    ['echo', 'ok', { a: 1 }],
    ['err', 'error', { a: 1 }],
    ['okonly', 'ok', {}],
    ['custom_status', 'queued', { a: 1 }],
  ])('replies to %s with %s', async (event, status, response) => {
    await client.join('room:a', '2')

    client.send('2', '3', 'room:a', event, { a: 1 })
    client.send('2', '4', 'room:a', 'echo', { kept: true })

    expect(await client.frames(2)).toEqual([
      reply('2', '3', 'room:a', status, response),
      reply('2', '4', 'room:a', 'ok', { kept: true }),
    ])
  })

  it('sends the first reply only', async () => {
    await client.join('room:a')

    client.send('1', '2', 'room:a', 'reply_twice', {})

    expect(await client.settle()).toEqual([reply('1', '2', 'room:a', 'ok', { first: true })])
  })

  it('lets a later message be answered before an earlier one', async () => {
    await client.join('room:a')

    client.send('1', '2', 'room:a', 'async', { z: 1 })
    client.send('1', '3', 'room:a', 'echo', {})

    expect(await client.frames(2)).toEqual([
      reply('1', '3', 'room:a', 'ok', {}),
      reply('1', '2', 'room:a', 'ok', { z: 1 }),
    ])
  })

  it('drops a reply that comes after the channel is gone', async () => {
    await client.join('room:a')
    await client.join('room:b')

    client.send('1', '2', 'room:a', 'async', {})
    client.send('1', '3', 'room:a', 'phx_leave', {})
    client.send('1', '4', 'room:b', 'async', {})

    expect(await client.frames(3)).toEqual([
      reply('1', '3', 'room:a', 'ok', {}),
      ['1', '1', 'room:a', 'phx_close', {}],
      reply('1', '4', 'room:b', 'ok', {}),
    ])
  })

  it('answers 500 messages of one topic in their order', async () => {
    await client.join('room:a')

    for (let n = 0; n < 500; n++) client.send('1', n, 'room:a', 'echo', { n })

    const replies = await client.frames(500)
    expect(replies).toEqual(Array.from({ length: 500 }, (_, n) => reply('1', n, 'room:a', 'ok', { n })))
  })
})
