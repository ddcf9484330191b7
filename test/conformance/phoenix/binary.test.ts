import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestTopics } from './mounts.js'
import { RawClient, reply } from './raw-client.js'

type Served = Awaited<ReturnType<typeof startTestTopics>>
const topic = 'room:bin'
const hex = (...parts: (string | number[])[]): string =>
  `bin ${parts.map((part) => Buffer.from(part as string).toString('hex')).join('')}`

describe('phoenix: binary frames', () => {
  let served: Served
  let client: RawClient
  beforeAll(async () => void (served = await startTestTopics()))
  beforeEach(async () => {
    client = await RawClient.open(served.url)
    return () => client.ws.terminate()
  })
  afterAll(() => served[Symbol.asyncDispose]())

  it('C5: a push is answered by a push and a reply, in their layouts', async () => {
    await client.join(topic)

    client.sendBinary(['1', '2', topic, 'bin'], Uint8Array.of(1, 2))

    expect(await client.text()).toBe(hex([0, 1, 8, 3], '1', topic, 'bin', [0, 1]))
    expect(await client.text()).toBe(hex([1, 1, 1, 8, 2], '1', '2', topic, 'ok', [1, 2, 9]))
  })

  it('C5: a broadcast has neither join_ref nor ref, whoever gets it', async () => {
    using other = await RawClient.open(served.url)
    await client.join(topic, '1')
    await other.join(topic, '9')

    client.sendBinary(['1', '3', topic, 'binb'], Uint8Array.of(7, 7))

    const frame = hex([2, 8, 4], topic, 'binb', [7, 7])
    expect([await client.text(), await other.text()]).toEqual([frame, frame])
  })

  it('carry joins, leaves and heartbeats, whose answers are text', async () => {
    client.sendBinary(['7', '7', topic, 'phx_join'], Buffer.alloc(0))
    client.sendBinary(['7', '8', topic, 'phx_leave'], Buffer.alloc(0))
    client.sendBinary(['', '9', 'phoenix', 'heartbeat'], Buffer.alloc(0))

    expect(await client.frames(5)).toEqual([
      reply(null, '9', 'phoenix', 'ok', {}),
      reply('7', '7', topic, 'ok', {}),
      ['7', null, topic, 'hello', {}],
      reply('7', '8', topic, 'ok', {}),
      ['7', '7', topic, 'phx_close', {}],
    ])
  })

  it('with an empty join_ref are stale on a channel that was joined with one', async () => {
    await client.join(topic)

    client.sendBinary(['', '4', topic, 'bin'], Uint8Array.of(5))

    expect(await client.settle()).toEqual([])
  })

  it('C6: carry names of 255 bytes, and a channel that pushes a longer one crashes alone', async () => {
    const long = `room:${'x'.repeat(250)}`
    await client.join(long)
    await client.join(topic, '2')

    client.sendBinary(['1', 'r'.repeat(255), long, 'bin'], Uint8Array.of(1))
    expect(await client.text()).toBe(hex([0, 1, 255, 3], '1', long, 'bin', [0, 1]))
    expect(await client.text()).toBe(hex([1, 1, 255, 255, 2], '1', 'r'.repeat(255), long, 'ok', [1, 9]))
    client.send('1', '3', long, 'bin_long', {})
    expect(await client.frame()).toEqual(['1', '1', long, 'phx_error', { reason: 'channel_crash' }])

    client.send('2', '4', topic, 'echo', {})
    expect(await client.frame()).toEqual(reply('2', '4', topic, 'ok', {}))
  })

  it('refuse no ref that a text frame brought: a number and null become text', async () => {
    await client.join(topic)

    client.send('1', 13, topic, 'bin_reply', {})
    client.send('1', null, topic, 'bin_reply', {})

    expect(await client.text()).toBe(hex([1, 1, 2, 8, 2], '1', '13', topic, 'ok', [9]))
    expect(await client.text()).toBe(hex([1, 1, 0, 8, 2], '1', topic, 'ok', [9]))
  })

  it('may be as large as text', async () => {
    await client.join(topic)
    const payload = Buffer.alloc(65_536 - 5 - 13, 3)

    client.sendBinary(['1', '2', topic, 'bin'], payload)

    await client.text()
    expect(await client.text()).toBe(hex([1, 1, 1, 8, 2], '1', '2', topic, 'ok', [...payload, 9]))
  })
})
