import { describe, expect, it } from 'vitest'
import {
  JoinRefused,
  type Join,
  type TopicHandler,
  type Joined,
  type SocketHandler,
} from '../../../gateway/phoenix/handler.js'
import { closeCodes } from '../../../gateway/phoenix/wire/close-codes.js'
import { startMounts } from './mounts.js'
import { RawClient, reply } from './raw-client.js'

type Attempt = {
  context: Join<void>
  signal: AbortSignal
  accept: (joined: Joined) => void
  refuse: (error: Error) => void
}

/** A handler whose joins end when the test says so. */
class HeldJoins implements SocketHandler<void>, TopicHandler<void> {
  readonly attempts: Attempt[] = []
  leftCount = 0

  connect(): Promise<void> {
    return Promise.resolve()
  }

  topic(): this {
    return this
  }

  join(context: Join<void>, _payload: unknown, signal: AbortSignal): Promise<Joined> {
    return new Promise((accept, refuse) => this.attempts.push({ context, signal, accept, refuse }))
  }

  push(): void {
    throw new Error('no messages here')
  }

  left(): void {
    this.leftCount += 1
  }

  /** The join number `number`, once it has begun. */
  async attempt(number: number): Promise<Attempt> {
    await expect.poll(() => this.attempts.length, { interval: 5 }).toBeGreaterThanOrEqual(number)
    return this.attempts[number - 1]!
  }
}

describe('phoenix: a join that takes its time', () => {
  it('is answered with a timeout and aborted, and gives back what it got too late', async () => {
    const handler = new HeldJoins()
    await using mounts = await startMounts(handler, { '/socket': { joinTimeoutMs: 30 } })
    using client = await RawClient.open(mounts.url)

    client.send('1', '2', 'slow', 'phx_join', {})

    expect(await client.frame()).toEqual(reply('1', '2', 'slow', 'error', { reason: 'timeout' }))
    const { signal, accept } = await handler.attempt(1)
    expect(signal.aborted).toBe(true)
    expect(handler.leftCount).toBe(0)
    accept({ response: { late: true } })
    await expect.poll(() => handler.leftCount).toBe(1)
    client.send('1', '3', 'slow', 'echo', {})
    expect(await client.settle()).toEqual([reply(null, '3', 'slow', 'error', { reason: 'unmatched topic' })])
  })

  it('keeps the next join of its topic waiting until it has settled', async () => {
    const handler = new HeldJoins()
    await using mounts = await startMounts(handler, { '/socket': { joinTimeoutMs: 200 } })
    using client = await RawClient.open(mounts.url)

    client.send('1', '1', 'slow', 'phx_join', {})
    const first = await handler.attempt(1)
    client.send('2', '2', 'slow', 'phx_join', {})
    client.send('3', '3', 'other', 'phx_join', {})
    const other = await handler.attempt(2)
    expect(other.context.topic).toBe('other')
    first.accept({ response: { n: 1 } })
    const second = await handler.attempt(3)
    second.accept({ response: { n: 2 } })

    expect(await client.frames(3)).toEqual([
      reply('1', '1', 'slow', 'ok', { n: 1 }),
      reply('2', '2', 'slow', 'ok', { n: 2 }),
      ['1', '1', 'slow', 'phx_close', {}],
    ])
    other.refuse(new JoinRefused({ code: 'no' }))
    expect(await client.frame()).toEqual(reply('3', '3', 'other', 'error', { code: 'no' }))
  })

  it('counts the time that it waited: it times out without having been tried', async () => {
    const handler = new HeldJoins()
    await using mounts = await startMounts(handler, { '/socket': { joinTimeoutMs: 30 } })
    using client = await RawClient.open(mounts.url)

    client.sendTogether(
      ['1', '1', 'slow', 'phx_join', {}],
      ['2', '2', 'slow', 'phx_join', {}],
      ['3', '3', 'other', 'phx_join', {}],
    )
    expect(await client.frames(2)).toEqual([
      reply('1', '1', 'slow', 'error', { reason: 'timeout' }),
      reply('3', '3', 'other', 'error', { reason: 'timeout' }),
    ])
    handler.attempts[0]?.refuse(new Error('aborted'))

    expect(await client.frame()).toEqual(reply('2', '2', 'slow', 'error', { reason: 'timeout' }))
    expect(handler.attempts.map(({ context }) => context.topic)).toEqual(['slow', 'other'])
  })

  it('is aborted when the connection ends, and gives back what it got too late', async () => {
    const handler = new HeldJoins()
    await using mounts = await startMounts(handler, { '/socket': {} })
    using client = await RawClient.open(mounts.url)
    client.send('1', '1', 'slow', 'phx_join', {})
    const { signal, accept } = await handler.attempt(1)

    client.ws.terminate()

    await expect.poll(() => signal.aborted).toBe(true)
    accept({ response: {}, attached: () => expect.fail('attached to nothing') })
    await expect.poll(() => handler.leftCount).toBe(1)
  })

  it('is refused when the handler closes the channel meanwhile', async () => {
    const handler = new HeldJoins()
    await using mounts = await startMounts(handler, { '/socket': {} })
    using client = await RawClient.open(mounts.url)
    client.send('1', '1', 'slow', 'phx_join', {})
    const { context, accept } = await handler.attempt(1)

    context.close()
    accept({ response: { secret: true } })

    expect(await client.settle()).toEqual([reply('1', '1', 'slow', 'error', { reason: 'closed' })])
    expect(handler.leftCount).toBe(1)
  })

  it('writes its reply, calls attached, and lets nothing between', async () => {
    const handler = new HeldJoins()
    await using mounts = await startMounts(handler, { '/socket': {} })
    using client = await RawClient.open(mounts.url)
    client.send('1', '1', 'slow', 'phx_join', {})
    const { context, accept } = await handler.attempt(1)
    expect(() => context.push('early', {})).toThrow('before the join')

    accept({ response: () => ({ joined: context.isJoined }), attached: () => context.push('first', {}) })

    expect(await client.frames(2)).toEqual([
      reply('1', '1', 'slow', 'ok', { joined: true }),
      ['1', null, 'slow', 'first', {}],
    ])
  })

  it('is answered as crashed when its response cannot be made, and leaves', async () => {
    const handler = new HeldJoins()
    await using mounts = await startMounts(handler, { '/socket': {} })
    using client = await RawClient.open(mounts.url)
    client.send('1', '1', 'slow', 'phx_join', {})
    const { accept } = await handler.attempt(1)

    accept({ response: () => fail('no response') })

    expect(await client.settle()).toEqual([reply('1', '1', 'slow', 'error', { reason: 'join crashed' })])
    expect(handler.leftCount).toBe(1)
  })

  it('leaves, unattached, when making its response ends the connection', async () => {
    const handler = new HeldJoins()
    await using mounts = await startMounts(handler, { '/socket': {} })
    using client = await RawClient.open(mounts.url)
    client.send('1', '1', 'slow', 'phx_join', {})
    const { context, accept } = await handler.attempt(1)
    let isAttached = false

    const response = (): object => {
      context.connection.close(closeCodes.restart)
      return {}
    }
    accept({ response, attached: () => void (isAttached = true) })

    expect(await client.closed).toEqual({ code: 1012, reason: '', frames: [] })
    expect(handler.leftCount).toBe(1)
    expect(isAttached).toBe(false)
  })

  it('ends its channel when attached throws', async () => {
    const handler = new HeldJoins()
    await using mounts = await startMounts(handler, { '/socket': {} })
    using client = await RawClient.open(mounts.url)
    client.send('1', '1', 'slow', 'phx_join', {})
    const { accept } = await handler.attempt(1)

    accept({ response: {}, attached: () => fail('not attached') })

    expect(await client.settle()).toEqual([
      reply('1', '1', 'slow', 'ok', {}),
      ['1', '1', 'slow', 'phx_error', { reason: 'channel_crash' }],
    ])
    expect(handler.leftCount).toBe(1)
  })
})

function fail(message: string): never {
  throw new Error(message)
}
