import type { IncomingMessage } from 'node:http'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { RecadoError } from '../../lib/errors.js'
import { MemoryLimits } from '../../ports/limits/memory/memory-limits.js'
import { addressReader } from '../../gateway/http/listener.js'
import { countLimited } from '../../gateway/metrics.js'
import { GatewayLimits } from '../../gateway/limits.js'

const config = { signupsPerMinute: 2, messagesPerSecond: 3 }
const limiting = (now?: () => number) => new GatewayLimits(new MemoryLimits(now), config)
const refused = { code: 'resource_exhausted', retryable: true, retryAfterMs: expect.any(Number) }
const wrong = () => Promise.reject(new RecadoError('unauthenticated', 'Wrong name or password.'))
const right = () => Promise.resolve('a token')

describe('sign-ups', () => {
  it('are limited for each address', async () => {
    const limits = limiting()
    await limits.signUp('192.0.2.1')
    await limits.signUp('192.0.2.1')

    await expect(limits.signUp('192.0.2.1')).rejects.toMatchObject(refused)
    await limits.signUp('192.0.2.2')
  })

  it('begin anew after a minute of a clock that only goes forward', async () => {
    const clock = { now: 0 }
    const limits = limiting(() => clock.now)
    await limits.signUp('192.0.2.1')
    await limits.signUp('192.0.2.1')

    clock.now = 59_999
    await expect(limits.signUp('192.0.2.1')).rejects.toMatchObject({ retryAfterMs: 1 })
    clock.now = 60_000
    await limits.signUp('192.0.2.1')
  })
})

describe('sign-ins', () => {
  it('are not limited while the password is right', async () => {
    const limits = limiting()

    for (let n = 0; n < 1_000; n++) expect(await limits.signIn('ana', '192.0.2.1', right)).toBe('a token')
  })

  it('are refused for a name after ten wrong passwords, wherever they come from and however it is written', async () => {
    const limits = limiting()
    for (let n = 0; n < 10; n++)
      await expect(limits.signIn(n % 2 ? 'ana' : ' ANA', `192.0.2.${n}`, wrong)).rejects.toMatchObject({
        code: 'unauthenticated',
      })

    let asked = 0
    await expect(limits.signIn('Ana', '192.0.2.99', async () => void asked++)).rejects.toMatchObject(refused)
    expect(asked).toBe(0)
    await limits.signIn('bea', '192.0.2.1', right)
  })

  it('are refused for an address after 400 wrong passwords, and for no other', async () => {
    const limits = limiting()
    for (let n = 0; n < 400; n++) await limits.signIn(`name ${n}`, '192.0.2.1', wrong).catch(() => undefined)

    await expect(limits.signIn('ana', '192.0.2.1', right)).rejects.toMatchObject(refused)
    await limits.signIn('ana', '192.0.2.2', right)
  })

  it('count no failure of ours', async () => {
    const limits = limiting()
    const away = () => Promise.reject(new RecadoError('unavailable', 'Core is away.'))
    for (let n = 0; n < 50; n++) await limits.signIn('ana', '192.0.2.1', away).catch(() => undefined)

    await limits.signIn('ana', '192.0.2.1', right)
  })
})

it('messages are limited for each user', async () => {
  const limits = limiting()
  for (let n = 0; n < 3; n++) await limits.send('u1')

  await expect(limits.send('u1')).rejects.toMatchObject(refused)
  await limits.send('u2')
})

it.each(['join', 'createServer', 'createChannel', 'readHistory'] as const)(
  '%s has an end within a window',
  async (what) => {
    const limits = limiting()
    let taken = 0
    const takeAll = async () => {
      for (;;) {
        await limits[what]('someone')
        taken++
      }
    }

    await expect(takeAll()).rejects.toMatchObject(refused)
    expect(taken).toBeGreaterThanOrEqual(300)
    expect(taken).toBeLessThanOrEqual(6_000)
    await limits[what]('someone else')
  },
)

it('what is refused is counted by its limit', async () => {
  const registry = new Registry()
  const limits = new GatewayLimits(countLimited(new MemoryLimits(), registry), config)
  for (let n = 0; n < 5; n++) await limits.signUp('192.0.2.1').catch(() => undefined)

  expect(await registry.metrics()).toContain('recado_gateway_limited_total{limit="sign-ups-of-address"} 3')
})

describe('the address of who connects', () => {
  const from = (forwarded: string | undefined, peer = '127.0.0.1') =>
    ({
      headers: { 'x-forwarded-for': forwarded },
      socket: { remoteAddress: peer },
    }) as unknown as IncomingMessage

  it.each<[boolean | string, string | undefined, string]>([
    [false, '192.0.2.1', '127.0.0.1'],
    [true, '192.0.2.1, 10.0.0.1', '192.0.2.1'],
    ['loopback', '192.0.2.1', '192.0.2.1'],
    ['loopback', 'forged, 192.0.2.1', '192.0.2.1'],
    ['loopback', undefined, '127.0.0.1'],
    ['10.0.0.0/8', '192.0.2.1', '127.0.0.1'],
    ['loopback, 10.0.0.0/8', '192.0.2.1, 10.9.9.9', '192.0.2.1'],
  ])('with %s trusted and %s forwarded is %s', (trustProxy, forwarded, address) => {
    expect(addressReader(trustProxy)(from(forwarded))).toBe(address)
  })
})
