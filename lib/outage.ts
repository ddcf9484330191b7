import { RecadoError } from './errors.js'
import type { Log } from './log.js'

/** What an {@link Outage} is about. */
export type OutageOptions = {
  log: Log
  /** What is away, as the reader knows it, with the setting that says where it is: `PostgreSQL (DATABASE_URL)`. */
  name: string
  /** How often one that lasts is told again, in milliseconds. Default: one minute. */
  everyMs?: number
  /** Milliseconds on a monotonic clock; for tests. */
  now?: () => number
}

/** A new reason is told at once, but reasons that take turns are told no more often than this, in milliseconds. */
const BETWEEN_REASONS_MS = 5_000

/** Tells the log of something that is away: when it begins, once a minute while it lasts, and when it ends. Never each try. */
export class Outage {
  readonly #options: OutageOptions
  readonly #everyMs: number
  readonly #now: () => number
  #begunAt: number | undefined
  #toldAt = 0
  #toldReason = ''
  #failures = 0

  constructor(options: OutageOptions) {
    this.#options = options
    this.#everyMs = options.everyMs ?? 60_000
    this.#now = options.now ?? (() => performance.now())
  }

  /** Whether it is away now, as far as was told here. */
  get isOn(): boolean {
    return this.#begunAt !== undefined
  }

  /** A try has failed. */
  failed(thrown: unknown): void {
    const now = this.#now()
    const reason = toReason(thrown)
    const quietMs = this.#begunAt === undefined ? Infinity : now - this.#toldAt
    this.#begunAt ??= now
    this.#failures++
    const isDue = quietMs >= this.#everyMs || (reason !== this.#toldReason && quietMs >= BETWEEN_REASONS_MS)
    if (!isDue) return
    this.#toldAt = now
    this.#toldReason = reason
    const { log, name } = this.#options
    log.warn({ dependency: name, reason, failures: this.#failures, seconds: this.#seconds(now) }, 'away')
  }

  /** A try has succeeded. */
  ended(): void {
    if (this.#begunAt === undefined) return
    const { log, name } = this.#options
    log.info({ dependency: name, failures: this.#failures, seconds: this.#seconds(this.#now()) }, 'back')
    this.#begunAt = undefined
    this.#failures = 0
  }

  #seconds(now: number): number {
    return Math.round((now - (this.#begunAt ?? now)) / 100) / 10
  }
}

/** What failed, in one line: stacks tell nothing of a server that is away. */
function toReason(thrown: unknown): string {
  const { message, cause } = RecadoError.from(thrown)
  const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : undefined
  const line = why && !message.includes(why) ? `${message} (${why})` : message
  return line.replace(/\s+/g, ' ').slice(0, 300)
}
