import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../lib/log.js'
import type { Recent } from '../../ports/recent/recent.js'
import { openRedisRecent } from '../../ports/recent/redis/redis-recent.js'
import { freshName, runs, serviceUrl } from '../support/adapters.js'
import { exitCode, startScript } from '../support/child.js'
import { FaultProxy } from '../support/fault-proxy.js'
import { within } from './queue-place.js'
import { eventsOf } from './recent.contract.js'

describe.runIf(runs('full', 'REDIS_URL'))('recent: redis, with faults', () => {
  let proxy: FaultProxy
  let recent: Recent
  let prefix: string
  let redis: Redis

  beforeEach(async () => {
    const proxied = await FaultProxy.before(serviceUrl('REDIS_URL'))
    proxy = proxied.proxy
    prefix = `${freshName()}:`
    recent = openRedisRecent({
      url: proxied.url,
      prefix,
      log: createLog({ level: 'silent', program: 'test' }),
    })
    redis = new Redis(serviceUrl('REDIS_URL'))
    await answers()
  })

  afterEach(async () => {
    await recent.close()
    await proxy.close()
    const keys = await redis.keys(`${prefix}*`)
    if (keys.length > 0) await redis.del(keys)
    redis.disconnect()
  })

  const append = () => recent.append([{ channelId: 'c', epoch: 'e', events: eventsOf(1, 3, 'c') }])
  const answers = () => expect.poll(() => succeeds(recent.ping()), { timeout: 10_000 }).toBe(true)

  it('fails at once while redis is away, and works again once it is back', async () => {
    proxy.goAway()
    await expect(append()).rejects.toMatchObject({ code: 'unavailable' })
    await expect(within(200, recent.read('c', 'e', 1, 3))).rejects.toMatchObject({ code: 'unavailable' })
    await expect(within(200, recent.ping())).rejects.toMatchObject({ code: 'unavailable' })

    proxy.comeBack()

    await answers()
    await append()
    expect(await recent.read('c', 'e', 1, 3)).toHaveLength(3)
  })

  it('fails within about a second when redis is silent', async () => {
    proxy.freeze()

    await expect(within(1_500, append())).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('has nothing, and goes on, after redis has lost everything', async () => {
    await append()
    await redis.del(await redis.keys(`${prefix}*`))

    expect(await recent.read('c', 'e', 1, 3)).toBeUndefined()

    await recent.append([{ channelId: 'c', epoch: 'e', events: eventsOf(4, 4, 'c') }])
    expect(await recent.read('c', 'e', 4, 4)).toHaveLength(1)
  })

  it('keeps one key a channel, which expires a day after its last event', async () => {
    await append()
    const [key, ...others] = await redis.keys(`${prefix}*`)
    await redis.expire(key!, 10)

    await recent.append([{ channelId: 'c', epoch: 'e', events: eventsOf(4, 4, 'c') }])

    expect(others).toEqual([])
    expect(await redis.ttl(key!)).toBeGreaterThan(86_000)
  })

  it('says it in one command, however many channels', async () => {
    const channels = Array.from({ length: 50 }, (_, index) => `c${index}`)
    await append()
    const monitor = await redis.monitor()
    const seen: string[] = []
    monitor.on('monitor', (_time: string, args: string[], source: string) => {
      const isOurs = args.some((arg) => arg.startsWith(prefix))
      if (isOurs && source !== 'lua') seen.push(args[0] ?? '')
    })

    await recent.append(
      channels.map((channelId) => ({ channelId, epoch: 'e', events: eventsOf(1, 2, channelId) })),
    )
    await recent.read('c7', 'e', 1, 2)

    await expect.poll(() => seen.length, { timeout: 5_000 }).toBeGreaterThan(1)
    expect(seen).toEqual(['evalsha', 'hmget'])
    monitor.disconnect()
  })

  it('leaves nothing that keeps its process alive, with redis there or away', async () => {
    const here = startScript('recent-visitor.ts', serviceUrl('REDIS_URL'), prefix)
    const away = startScript('recent-visitor.ts', 'redis://127.0.0.1:1', prefix)

    expect(await Promise.all([exitCode(here, 20_000), exitCode(away, 20_000)])).toEqual([0, 0])
  })
})

function succeeds(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  )
}
