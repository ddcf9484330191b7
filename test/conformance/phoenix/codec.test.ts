import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startMounts, startTestTopics } from './mounts.js'
import { RawClient, reply } from './raw-client.js'

type Served = Awaited<ReturnType<typeof startTestTopics>>

describe('phoenix: V2 text frames', () => {
  let served: Served
  let client: RawClient
  beforeAll(async () => void (served = await startTestTopics()))
  beforeEach(async () => {
    client = await RawClient.open(served.url)
    return () => client.ws.terminate()
  })
  afterAll(() => served[Symbol.asyncDispose]())

  it('C1: writes five elements, compact', async () => {
    client.send('2', '2', 'room:a', 'phx_join', { x: 1 })

    expect(await client.text()).toBe('["2","2","room:a","phx_reply",{"status":"ok","response":{}}]')
    expect(await client.text()).toBe('["2",null,"room:a","hello",{}]')
  })

  it('C2: ignores what follows the fifth element', async () => {
    await client.join('room:a')

    client.ws.send('["1","2","room:a","echo",{"six":1},"extra"]')

    expect(await client.frame()).toEqual(reply('1', '2', 'room:a', 'ok', { six: 1 }))
  })

  it.each([['13'], [13], [0], ['0'], [''], [null], ['7C8F04A1-1D1C-4B5E-9C5B-0A3C2B1D4E5F'], [1.5], [-1]])(
    'C3: echoes the ref %j with its type',
    async (ref) => {
      await client.join('room:a')

      client.send('1', ref, 'room:a', 'echo', {})

      expect(await client.frame()).toEqual(reply('1', ref, 'room:a', 'ok', {}))
    },
  )

  it('keeps join_refs apart by type', async () => {
    client.send(1, 1, 'room:num', 'phx_join', {})
    expect(await client.frames(2)).toEqual([
      reply(1, 1, 'room:num', 'ok', {}),
      [1, null, 'room:num', 'hello', {}],
    ])

    client.send('1', 2, 'room:num', 'echo', {})
    client.send(1, 3, 'room:num', 'echo', {})
    client.send(1, 4, 'room:num', 'phx_leave', {})

    expect(await client.frames(3)).toEqual([
      reply(1, 3, 'room:num', 'ok', {}),
      reply(1, 4, 'room:num', 'ok', {}),
      [1, 1, 'room:num', 'phx_close', {}],
    ])
  })

  it.each([['text'], [[1, 2]], [null], [3]])('hands the payload %j to the handler', async (payload) => {
    await client.join('room:a')

    client.send('1', '2', 'room:a', 'echo', payload)

    expect(await client.frame()).toEqual(reply('1', '2', 'room:a', 'ok', payload))
  })

  it.each([[{ text: 'Olá, 世界 👋 \ud800' }], [{ long: 'é'.repeat(100) }], [{ longer: 'x'.repeat(65_470) }]])(
    'carries texts of any length and script',
    async (payload) => {
      await client.join('room:a')

      client.send('1', '2', 'room:a', 'echo', payload)

      expect(await client.frame()).toEqual(reply('1', '2', 'room:a', 'ok', payload))
    },
  )

  it.each([
    ['not json'],
    [''],
    ['null'],
    ['{}'],
    ['[]'],
    ['"text"'],
    ['[null,null,"room:a","x"]'],
    ['[null,"1","room:a","phx_join"]'],
    ['[null,{},"room:a","phx_join",{}]'],
    ['[true,"1","room:a","phx_join",{}]'],
    ['[null,"1",{},"phx_join",{}]'],
    ['[null,"1","room:a",["phx_join"],{}]'],
  ])('C7: closes with 1011 and no reply on %.60s', async (text) => {
    client.ws.send(text)

    expect(await client.closed).toEqual({ code: 1011, reason: '', frames: [] })
  })

  it('C6: takes names of 255 bytes', async () => {
    const topic = `room:${'é'.repeat(125)}`
    client.send('j'.repeat(255), 'r'.repeat(255), topic, 'phx_join', {})
    expect(await client.frame()).toEqual(reply('j'.repeat(255), 'r'.repeat(255), topic, 'ok', {}))
  })

  it.each([
    [`["${'j'.repeat(256)}","1","room:a","phx_join",{}]`],
    [`[null,"${'r'.repeat(256)}","room:a","phx_join",{}]`],
    [`[null,"1","room:${'é'.repeat(126)}","phx_join",{}]`],
    [`[null,"1","room:a","${'e'.repeat(256)}",{}]`],
  ])('C6: closes with 1011 on a longer one, %.30s', async (text) => {
    client.ws.send(text)

    expect(await client.closed).toEqual({ code: 1011, reason: '', frames: [] })
  })

  it.each([[''], ['00'], ['0100000000'], ['0200000000'], ['0300000000'], ['000101c80141'], ['0000000100ff']])(
    'C7: closes with 1011 on the binary frame %s',
    async (hex) => {
      client.ws.send(Buffer.from(hex, 'hex'))

      expect(await client.closed).toMatchObject({ code: 1011, frames: [] })
    },
  )

  it('closes with 1007 on text that is not UTF-8', async () => {
    client.ws.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false })

    expect(await client.closed).toMatchObject({ code: 1007 })
  })

  it('counts malformed frames, and writes whose they are', async () => {
    const lines: unknown[] = []
    const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) })
    await using mounts = await startMounts(served.topics, { '/socket': { log } })
    using first = await RawClient.open(mounts.url)
    using second = await RawClient.open(mounts.url)

    first.ws.send('[')
    await first.closed
    second.ws.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false })
    await second.closed

    expect(mounts.at('/socket').counts.malformed).toBe(2)
    expect(lines).toMatchObject([
      { remoteAddress: '127.0.0.1', reason: 'not JSON', count: 1, msg: 'a client sent what is no message' },
    ])
  })

  it('answers what came before a malformed frame, ends its channels, and leaves other connections alone', async () => {
    using other = await RawClient.open(served.url)
    await client.join('room:m', 'mine')
    await other.join('room:m', 'theirs')

    client.ws.send('["mine","2","room:m","echo",{}]')
    client.ws.send('[')

    expect(await client.closed).toEqual({
      code: 1011,
      reason: '',
      frames: ['["mine","2","room:m","phx_reply",{"status":"ok","response":{}}]'],
    })
    expect(served.topics.journal).toContain('left room:m mine')
    other.send('theirs', '2', 'room:m', 'echo', {})
    expect(await other.frame()).toEqual(reply('theirs', '2', 'room:m', 'ok', {}))
  })
})
