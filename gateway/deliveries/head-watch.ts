import type { ChannelHead } from '../../gen/recado/internal/v1/core_service.js'
import type { Log } from '../../lib/log.js'

/** What the watch needs. */
export type HeadWatchOptions = {
  channels(): Iterable<string>
  readHeads(channelIds: string[]): Promise<ChannelHead[]>
  /** Looks for what is behind and repairs it. */
  compare(heads: readonly ChannelHead[]): Promise<void>
  log: Log
}

/** How often heads are compared when nothing is wrong, in milliseconds. */
const EVERY_MS = 5_000
/** How soon a comparison that failed is tried again, in milliseconds. */
const RETRY_MS = 500
const CHUNK = 5_000

/** Compares heads every 5 s, and at once when a stream was lost or is in force again. One comparison runs at a time. */
export class HeadWatch {
  readonly #options: HeadWatchOptions
  #timer: NodeJS.Timeout | undefined
  #isRunning = false
  #isWanted = false
  #isStopped = false

  constructor(options: HeadWatchOptions) {
    this.#options = options
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
    let next = EVERY_MS
    try {
      const channelIds = [...this.#options.channels()]
      for (let from = 0; from < channelIds.length; from += CHUNK) {
        await this.#options.compare(await this.#options.readHeads(channelIds.slice(from, from + CHUNK)))
      }
    } catch (error) {
      this.#options.log.debug({ err: error }, 'heads could not be compared')
      next = RETRY_MS
    }
    this.#isRunning = false
    this.#schedule(this.#isWanted ? 0 : next)
  }
}
