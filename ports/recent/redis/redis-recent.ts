import { Redis } from 'ioredis'
import { encodeEvent } from '../../../contract/events.js'
import { Event } from '../../../gen/recado/v1/types.js'
import { RecadoError } from '../../../lib/errors.js'
import type { Log } from '../../../lib/log.js'
import { APPEND_SCRIPT } from './append-script.js'
import { RECENT_EVENTS, type Recent, type RecentRun } from '../recent.js'

/** The copy is worth the wait only while it is faster than the log. */
const COMMAND_TIMEOUT_MS = 1_000

const MAX_BACKOFF_MS = 2_000

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
  readonly #redis: Redis
  readonly #prefix: string
  readonly #ttlSeconds: number

  constructor({ url, prefix = 'recado:', ttlSeconds = 86_400, log }: RedisRecentOptions) {
    this.#prefix = `${prefix}recent:`
    this.#ttlSeconds = ttlSeconds
    this.#redis = new Redis(url, {
      noDelay: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 5_000,
      commandTimeout: COMMAND_TIMEOUT_MS,
      retryStrategy: (attempt) => Math.min(MAX_BACKOFF_MS, 50 * attempt) * (0.5 + Math.random() / 2),
    })
    this.#redis.on('error', (error) => log.warn({ err: error }, 'redis is away'))
  }

  async append(runs: readonly RecentRun[]): Promise<void> {
    const filled = runs.filter(({ events }) => events.length > 0)
    if (filled.length === 0) return
    const keys = filled.map(({ channelId }) => this.#key(channelId))
    await orUnavailable(
      this.#redis.eval(
        APPEND_SCRIPT,
        keys.length,
        ...keys,
        RECENT_EVENTS,
        this.#ttlSeconds,
        ...filled.flatMap(toArguments),
      ),
    )
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

  async ping(): Promise<void> {
    await orUnavailable(this.#redis.ping())
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

function toArguments({ epoch, events }: RecentRun): (string | number | Buffer)[] {
  return [epoch, events[0]?.seq ?? 0, events.length, ...events.map((event) => asBuffer(encodeEvent(event)))]
}

/** ioredis sends buffers as they are. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

async function orUnavailable<T>(command: Promise<T>): Promise<T> {
  try {
    return await command
  } catch (cause) {
    throw new RecadoError('unavailable', 'The recent events do not answer.', { cause })
  }
}
