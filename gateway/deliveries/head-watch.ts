import type { ChannelHead } from '../../gen/recado/internal/v1/core_service.js'
import { Backoff } from '../../lib/backoff.js'
import type { Log } from '../../lib/log.js'
import { Outage } from '../../lib/outage.js'

/** What the watch needs. */
export type HeadWatchOptions = {
  /** The channels that are followed now. */
  channels(): Iterable<string>
  readHeads(channelIds: string[]): Promise<readonly ChannelHead[]>
  /** Looks for what is behind; does not wait until it is repaired. */
  compare(heads: readonly ChannelHead[]): void
  log: Log
}

/** How often heads are compared when nothing is wrong, in milliseconds. */
const EVERY_MS = 5_000
/** How soon a comparison that failed is tried again, in milliseconds. */
const BACKOFF = { firstMs: 250, maxMs: 2_000 }
/** Heads that are asked for at a time: with the longest ids, less than a MiB. */
const CHUNK = 2_000

/** Compares heads every 5 s, and at once when a stream was lost or is in force again. One comparison runs at a time. */
export class HeadWatch {
  readonly #options: HeadWatchOptions
  readonly #backoff = new Backoff(BACKOFF)
  readonly #outage: Outage
  #timer: NodeJS.Timeout | undefined
  #isRunning = false
  #isWanted = false
  #isStopped = false

  constructor(options: HeadWatchOptions) {
    this.#options = options
    this.#outage = new Outage({ log: options.log, name: 'the heads of channels (core)' })
  }

  /** Begins. */
  start(): void {
    this.#schedule(EVERY_MS)
  }

  /** Compares now, or again right after the comparison that is running. */
  soon(): void {
    if (this.#isRunning) this.#isWanted = true
    else this.#schedule(0)
  }

  /** Ends; a running comparison is the last. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #schedule(afterMs: number): void {
    clearTimeout(this.#timer)
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#run(), afterMs)
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    this.#isWanted = false
    const next = await this.#compareAll()
    this.#isRunning = false
    this.#schedule(this.#isWanted ? Math.min(next, BACKOFF.firstMs) : next)
  }

  /** Returns how long until the next comparison. */
  async #compareAll(): Promise<number> {
    try {
      const channelIds = [...this.#options.channels()]
      for (let from = 0; from < channelIds.length && !this.#isStopped; from += CHUNK) {
        this.#options.compare(await this.#options.readHeads(channelIds.slice(from, from + CHUNK)))
      }
    } catch (error) {
      this.#outage.failed(error)
      return this.#backoff.next()
    }
    this.#outage.ended()
    this.#backoff.reset()
    return EVERY_MS
  }
}
