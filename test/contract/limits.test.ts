import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../lib/log.js'
import type { Limits } from '../../ports/limits/limits.js'
import { MemoryLimits } from '../../ports/limits/memory/memory-limits.js'
import { openRedisLimits } from '../../ports/limits/redis/redis-limits.js'
import { freshName, runs, serviceUrl } from '../support/adapters.js'
import { FaultProxy } from '../support/fault-proxy.js'
import { limitOf, limitsContract, takeAtOnce } from './limits.contract.js'

if (runs('embedded')) {
  limitsContract('memory', async () => {
    const limits = new MemoryLimits()
    return { value: limits, drop: () => limits.close() }
  })

  describe('limits: memory', () => {
    it('follows the clock it is given, to the millisecond', async () => {
      const clock = { now: 5 }
      const limits = new MemoryLimits(() => clock.now)
      const limit = limitOf(1)
      await limits.take(limit, 'a')
      clock.now += 59_999
      await expect(limits.take(limit, 'a')).rejects.toMatchObject({ retryAfterMs: 1 })
      clock.now += 1
      await limits.take(limit, 'a')
    })

    it('holds no more than 100,000 keys', async () => {
      const limits = new MemoryLimits()
      const limit = limitOf(1)
      for (let n = 0; n <= 100_000; n++) await limits.take(limit, `${n}`)

      await limits.take(limit, '0')
      await expect(limits.take(limit, '100000')).rejects.toMatchObject({ code: 'resource_exhausted' })
    })
  })
}

if (runs('full', 'REDIS_URL')) {
  limitsContract('redis', async () => {
    const place = freshPlace()
    const limits = place.open()
    await answers(place.prefix, limits)
    return { value: limits, drop: () => place.drop() }
  })
}

describe.runIf(runs('full', 'REDIS_URL'))('limits: redis', () => {
  let place: ReturnType<typeof freshPlace>
  let proxy: FaultProxy | undefined
  beforeEach(() => {
    place = freshPlace()
  })
  afterEach(async () => {
    await place.drop()
    await proxy?.close()
    proxy = undefined
  })

  async function openTwo(): Promise<[Limits, Limits]> {
    const both: [Limits, Limits] = [place.open(), place.open()]
    for (const each of both) await answers(place.prefix, each)
    return both
  }

  it('counts what all processes take together', async () => {
    const [one, other] = await openTwo()
    const limit = limitOf(10)

    const taken = await Promise.all([takeAtOnce(one, limit, 'a', 10), takeAtOnce(other, limit, 'a', 10)])

    expect(taken[0] + taken[1]).toBe(10)
    await expect(other.check(limit, 'a')).rejects.toMatchObject({ code: 'resource_exhausted' })
  })

  it('stops a loose key in every process once the points are used up in one', async () => {
    const [one, other] = await openTwo()
    const limit = limitOf(8, { sharing: 'loose' })
    await takeAtOnce(one, limit, 'a', 8)
    await takeAtOnce(other, limit, 'a', 2)

    await expect
      .poll(
        () =>
          other.take(limit, 'a').then(
            () => 'taken',
            () => 'refused',
          ),
        { timeout: 5_000, interval: 60 },
      )
      .toBe('refused')
    await other.take(limit, 'b')
  })

  it('goes on alone, under the same limits, while redis is away, and together when it is back', async () => {
    const proxied = await FaultProxy.before(serviceUrl('REDIS_URL'))
    proxy = proxied.proxy
    const limits = place.open(proxied.url)
    await answers(place.prefix, limits)
    const limit = limitOf(5)

    proxy.goAway()
    expect(await takeAtOnce(limits, limit, 'a', 20)).toBe(5)

    proxy.comeBack()
    const probe = limitOf(1, { name: 'probe' })
    await expect
      .poll(
        async () => {
          await limits.take(probe, `${Math.random()}`)
          return (await place.keys()).some((key) => key.includes('probe'))
        },
        { timeout: 10_000 },
      )
      .toBe(true)
  })

  it('waits for a silent redis once, and briefly', async () => {
    const proxied = await FaultProxy.before(serviceUrl('REDIS_URL'))
    proxy = proxied.proxy
    const limits = place.open(proxied.url)
    await answers(place.prefix, limits)

    proxy.freeze()
    const startedAt = performance.now()
    for (let n = 0; n < 50; n++) await limits.take(limitOf(100), 'a')

    // 50 waits would take more than 12 s.
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  it('keeps no key longer than its window', async () => {
    const [limits] = await openTwo()
    await limits.take(limitOf(5, { name: 'short', windowSeconds: 30 }), 'a')

    const redis = new Redis(serviceUrl('REDIS_URL'))
    const [key = ''] = (await place.keys()).filter((each) => each.includes('short'))
    const ttl = await redis.ttl(key)
    redis.disconnect()

    expect(ttl).toBeGreaterThan(0)
    expect(ttl).toBeLessThanOrEqual(30)
  })
})

/** Limits under a prefix that nobody else has. */
function freshPlace() {
  const prefix = `${freshName()}:`
  const opened: Limits[] = []
  const redis = () => new Redis(serviceUrl('REDIS_URL'))
  const keys = async () => {
    const client = redis()
    const found = await client.keys(`${prefix}*`)
    client.disconnect()
    return found
  }
  return {
    prefix,
    keys,
    open(url = serviceUrl('REDIS_URL')): Limits {
      const limits = openRedisLimits({ url, prefix, log: createLog({ level: 'silent', program: 'test' }) })
      opened.push(limits)
      return limits
    },
    async drop(): Promise<void> {
      for (const each of opened) await each.close()
      const left = await keys()
      const client = redis()
      if (left.length > 0) await client.del(left)
      client.disconnect()
    },
  }
}

/** Waits until what is taken is seen in Redis. */
async function answers(prefix: string, limits: Limits): Promise<void> {
  const redis = new Redis(serviceUrl('REDIS_URL'))
  const name = `ready-${Math.random()}`
  await expect
    .poll(
      async () => {
        await limits.take(limitOf(1_000, { name }), 'a')
        return (await redis.keys(`${prefix}limits:${name}*`)).length
      },
      { timeout: 10_000, interval: 100 },
    )
    .toBe(1)
  redis.disconnect()
}
