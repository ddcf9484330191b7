import { Redis } from 'ioredis'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { Backoff } from '../../../lib/backoff.js'
import { RecadoError } from '../../../lib/errors.js'
import type { Log } from '../../../lib/log.js'
import { Outage } from '../../../lib/outage.js'
import type { Limit, Limits } from '../limits.js'
import { MemoryLimits } from '../memory/memory-limits.js'
import { LooseCounts } from './loose-counts.js'

/** A limit is worth no longer wait. */
const COMMAND_TIMEOUT_MS = 250
/** A link that says nothing for so long while it is asked is broken, in milliseconds. */
const SOCKET_TIMEOUT_MS = 2_000
/** After a command that failed Redis is not asked for so long, in milliseconds. */
const REST_MS = 2_000
const MAX_BACKOFF_MS = 2_000

/** Where Redis is. */
export type RedisLimitsOptions = {
  /** `redis://` or `rediss://`. */
  url: string
  /** What the keys begin with. Default: `recado:`. */
  prefix?: string
  log: Log
}

/**
 * Opens the limits on one Redis 6.2 or newer, or Valkey, and returns at once: it connects, and reconnects, by itself. Each key goes
 * with its window.
 */
export function openRedisLimits(options: RedisLimitsOptions): Limits {
  return new RedisLimits(options)
}

class RedisLimits implements Limits {
  readonly #redis: Redis
  readonly #prefix: string
  readonly #limiters = new Map<string, RateLimiterRedis>()
  readonly #outage: Outage
  /** Decides while Redis is away. */
  readonly #local = new MemoryLimits()
  readonly #loose = new LooseCounts((limit, key, points) => this.#tell(limit, key, points))
  #restsUntil = 0

  constructor({ url, prefix = 'recado:', log }: RedisLimitsOptions) {
    this.#prefix = `${prefix}limits:`
    this.#outage = new Outage({ log, name: 'Redis (REDIS_URL), for limits' })
    const backoff = new Backoff({ firstMs: 50, maxMs: MAX_BACKOFF_MS })
    this.#redis = new Redis(url, {
      noDelay: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 5_000,
      commandTimeout: COMMAND_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      retryStrategy: () => backoff.next(),
    })
    this.#redis.on('error', (error) => this.#outage.failed(error))
    this.#redis.on('ready', () => {
      backoff.reset()
      this.#outage.ended()
    })
  }

  async take(limit: Limit, key: string): Promise<void> {
    if (limit.points === 0) return
    if (limit.sharing === 'loose') return this.#loose.take(limit, key)
    const taken = await this.#ask(limit, (limiter) => limiter.consume(key))
    if (!taken) return this.#local.take(limit, key)
    if (taken.consumedPoints > limit.points) throw usedUp(limit, taken)
  }

  async check(limit: Limit, key: string): Promise<void> {
    if (limit.points === 0) return
    const found = await this.#ask(limit, async (limiter) => (await limiter.get(key)) ?? new RateLimiterRes())
    if (!found) return this.#local.check(limit, key)
    if (found.consumedPoints >= limit.points) throw usedUp(limit, found)
  }

  async close(): Promise<void> {
    await this.#loose.close()
    // It rejects when Redis is away, or closed before.
    await this.#redis.quit().catch(() => undefined)
    this.#redis.disconnect()
    await this.#local.close()
  }

  /** Tells what was taken here; resolves to how long the key is to be blocked here, in milliseconds. */
  async #tell(limit: Limit, key: string, points: number): Promise<number> {
    const told = await this.#ask(limit, (limiter) => limiter.consume(key, points))
    return told && told.consumedPoints >= limit.points ? told.msBeforeNext : 0
  }

  /** What Redis says; undefined when it does not. */
  async #ask(
    limit: Limit,
    ask: (limiter: RateLimiterRedis) => Promise<RateLimiterRes>,
  ): Promise<RateLimiterRes | undefined> {
    if (performance.now() < this.#restsUntil) return undefined
    try {
      return await ask(this.#limiter(limit))
    } catch (thrown) {
      if (thrown instanceof RateLimiterRes) return thrown
      // While there is no connection it fails at once anyway.
      if (this.#redis.status === 'ready') this.#restsUntil = performance.now() + REST_MS
      this.#outage.failed(thrown)
      return undefined
    }
  }

  #limiter(limit: Limit): RateLimiterRedis {
    const { name, points, windowSeconds } = limit
    const known = this.#limiters.get(name)
    if (known) return known
    const limiter = new RateLimiterRedis({
      storeClient: this.#redis,
      keyPrefix: this.#prefix + name,
      points,
      duration: windowSeconds,
      rejectIfRedisNotReady: true,
    })
    this.#limiters.set(name, limiter)
    return limiter
  }
}

function usedUp({ message, windowSeconds }: Limit, { msBeforeNext }: RateLimiterRes): RecadoError {
  const retryAfterMs = msBeforeNext > 0 ? msBeforeNext : windowSeconds * 1_000
  return new RecadoError('resource_exhausted', message, { retryAfterMs })
}
