import { Redis, type Result } from 'ioredis'
import { encodeEach } from '../../../contract/events.js'
import { Event } from '../../../gen/recado/v1/types.js'
import { Backoff } from '../../../lib/backoff.js'
import { withDeadline } from '../../../lib/deadline.js'
import { RecadoError } from '../../../lib/errors.js'
import type { Log } from '../../../lib/log.js'
import { Outage } from '../../../lib/outage.js'
import { APPEND_SCRIPT } from './append-script.js'
import { RECENT_EVENTS, type Recent, type RecentRun } from '../recent.js'

/** The copy is worth the wait only while it is faster than the log. */
const COMMAND_TIMEOUT_MS = 1_000

/** A link on which an answer is so late is silently dead; it is made anew. */
const SILENCE_MS = 3_000

/** How long a ping waits: who asks whether Redis is there wants to know soon. */
const PING_MS = 2_000

/** A client with our script. */
type RecentRedis = Redis & {
  appendRuns(keys: number, ...args: (string | number | Buffer)[]): Result<null, { type: 'default' }>
}

/** Where Redis is. */
export type RedisRecentOptions = {
  /** `redis://` or `rediss://`. */
  url: string
  /** What the keys begin with. Default: `recado:`. */
  prefix?: string
  /** How long a channel's copy outlives its last event. Default: a day. */
  ttlSeconds?: number
  log: Log
}

/**
 * Opens the recent events on one Redis 6.2 or newer, or Valkey, and returns at once: it connects, and reconnects, by itself. While
 * Redis is away every call fails at once.
 */
export function openRedisRecent(options: RedisRecentOptions): Recent {
  return new RedisRecent(options)
}

class RedisRecent implements Recent {
  readonly #redis: RecentRedis
  readonly #prefix: string
  readonly #ttlSeconds: number

  constructor({ url, prefix = 'recado:', ttlSeconds = 86_400, log }: RedisRecentOptions) {
    this.#prefix = `${prefix}recent:`
    this.#ttlSeconds = ttlSeconds
    const outage = new Outage({ log, name: 'Redis (REDIS_URL)' })
    const backoff = new Backoff({ firstMs: 50, maxMs: 2_000 })
    this.#redis = new Redis(url, { ...redisOptions, retryStrategy: () => backoff.next() }) as RecentRedis
    this.#redis.on('error', (error) => outage.failed(toFault(error)))
    this.#redis.on('ready', () => {
      backoff.reset()
      outage.ended()
    })
  }

  async append(runs: readonly RecentRun[]): Promise<void> {
    const filled = runs.filter(({ events }) => events.length > 0)
    if (filled.length === 0) return
    const keys = filled.map(({ channelId }) => this.#key(channelId))
    const args = [...keys, RECENT_EVENTS, this.#ttlSeconds, ...filled.flatMap(toArguments)]
    await orUnavailable(this.#redis.appendRuns(keys.length, ...args))
  }

  async read(channelId: string, epoch: string, first: number, last: number): Promise<Event[] | undefined> {
    if (last - first >= RECENT_EVENTS) return undefined
    const seqs = Array.from({ length: last - first + 1 }, (_, index) => String(first + index))
    const [kept, ...events] = await orUnavailable(
      this.#redis.hmgetBuffer(this.#key(channelId), 'epoch', ...seqs),
    )
    if (kept?.toString() !== epoch) return undefined
    const found = events.filter((event) => event !== null)
    return found.length === seqs.length ? found.map((event) => Event.decode(event)) : undefined
  }

  async forget(channelIds: readonly string[]): Promise<void> {
    // One by one, for in a cluster they live apart; they travel together all the same.
    await Promise.all(channelIds.map((channelId) => orUnavailable(this.#redis.unlink(this.#key(channelId)))))
  }

  async ping(): Promise<void> {
    await withDeadline(PING_MS, orUnavailable(this.#redis.ping()), AWAY)
  }

  async close(): Promise<void> {
    // It rejects when Redis is away, or closed before.
    await this.#redis.quit().catch(() => undefined)
    this.#redis.disconnect()
  }

  #key(channelId: string): string {
    return this.#prefix + channelId
  }
}

const redisOptions = {
  noDelay: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 5_000,
  commandTimeout: COMMAND_TIMEOUT_MS,
  socketTimeout: SILENCE_MS,
  scripts: { appendRuns: { lua: APPEND_SCRIPT } },
}

const AWAY = 'The recent events do not answer.'

function toArguments({
  epoch,
  events,
  encoded = encodeEach(Event, events),
}: RecentRun): (string | number | Buffer)[] {
  return [epoch, events[0]?.seq ?? 0, events.length, ...encoded.map(asBuffer)]
}

/** ioredis sends buffers as they are. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

async function orUnavailable<T>(command: Promise<T>): Promise<T> {
  try {
    return await command
  } catch (cause) {
    throw toFault(cause)
  }
}

/** The cause says it in words where a person must do something about it. */
function toFault(cause: unknown): RecadoError {
  const isRefused = cause instanceof Error && /^(WRONGPASS|NOAUTH|NOPERM)/.test(cause.message)
  const words = isRefused ? new Error('Redis refuses the user or the password in REDIS_URL.') : cause
  return new RecadoError('unavailable', AWAY, { cause: words })
}
