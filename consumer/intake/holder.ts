import { isOwnFault } from '../../contract/faults.js'
import { Backoff, type BackoffOptions } from '../../lib/backoff.js'
import { RecadoError } from '../../lib/errors.js'
import type { Log } from '../../lib/log.js'
import type { ConsumerMetrics } from '../metrics.js'

/** What is held: the work on one queue, of one kind. */
export type HolderOptions = {
  /** A partition's number, or `inbox`. */
  queue: string
  work: 'store' | 'bury' | 'forward'
  metrics: ConsumerMetrics
  log: Log
  /** How waits between tries grow. Default: {@link BACKOFF}. */
  backoff?: BackoffOptions
}

/** No longer than `maxMs` after a fault has passed, the work goes on. */
const BACKOFF: BackoffOptions = { firstMs: 50, maxMs: 3_000 }

/** Holds work while it meets faults that pass, and tells how long: a line when it begins, one when it ends, and a metric. */
export class Holder {
  readonly #options: HolderOptions
  #held = 0
  #since = 0

  constructor(options: HolderOptions) {
    this.#options = options
  }

  /**
   * Does `work`, again and again with growing waits while its fault passes. Work that `signal` finds failing is not tried again; work
   * in progress is never interrupted.
   * @throws a fault that `isLasting` knows, at once; what the last try met, once `signal` has aborted.
   */
  async untilDone<T>(
    work: () => Promise<T>,
    signal: AbortSignal,
    isLasting: (fault: unknown) => boolean = isOwnFault,
  ): Promise<T> {
    const backoff = new Backoff(this.#options.backoff ?? BACKOFF)
    try {
      for (;;) {
        try {
          return await work()
        } catch (fault) {
          if (isLasting(fault) || signal.aborted) throw fault
          if (backoff.failures === 0) this.#begin(fault)
          this.#options.metrics.failed()
          await backoff.wait(signal)
        }
      }
    } finally {
      if (backoff.failures > 0) this.#end()
    }
  }

  #begin(fault: unknown): void {
    if (this.#held++ > 0) return
    this.#since = performance.now()
    const { queue, work, metrics, log } = this.#options
    metrics.holding(queue, work, this.#since)
    const { message, cause } = RecadoError.from(fault)
    log.warn({ queue, work, reason: message, err: cause }, 'held until a fault has passed')
  }

  #end(): void {
    if (--this.#held > 0) return
    const { queue, work, metrics, log } = this.#options
    metrics.holding(queue, work, undefined)
    const seconds = Math.round((performance.now() - this.#since) / 100) / 10
    log.info({ queue, work, seconds }, 'no longer held')
  }
}
