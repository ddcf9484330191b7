import { isOwnFault } from '../../contract/faults.js'
import { MAX_PAYLOAD_BYTES } from '../../contract/limits.js'
import type { BackoffOptions } from '../../lib/backoff.js'
import { RecadoError } from '../../lib/errors.js'
import type { Log } from '../../lib/log.js'
import type { Delivery, QueueSession } from '../../ports/queue/queue.js'
import type { ConsumerMetrics } from '../metrics.js'
import { Holder } from './holder.js'

/** What a burial works with. */
export type UndertakerOptions = {
  /** A partition's number, or `inbox`. */
  queue: string
  session: QueueSession
  /** Ends the tries: the consumer stops, or the session has ended. */
  signal: AbortSignal
  metrics: ConsumerMetrics
  log: Log
  /** How waits grow while burials are held; for tests. */
  backoff?: BackoffOptions
}

/** How many deliveries of a session may wait for their burial; beyond it the session's work waits. */
const MAX_WAITING = 200
/** Of a body only the head is buried where it is larger than a queue takes; this much is tried when even that is refused. */
const MIN_BODY_BYTES = 4 * 1024

/** Buries what a session gives up, beside the work on the rest: while the dead letters are away, nobody else waits. */
export class Undertaker {
  readonly #options: UndertakerOptions
  readonly #holder: Holder
  readonly #waiting = new Set<Promise<void>>()

  constructor(options: UndertakerOptions) {
    this.#options = options
    this.#holder = new Holder({ ...options, work: 'bury' })
  }

  /**
   * Begins to bury a delivery. Resolves at once, or when there is room.
   * @throws when the session's work must end before there is.
   */
  async add(delivery: Delivery, reason: string): Promise<void> {
    const { signal, log } = this.#options
    while (this.#waiting.size >= MAX_WAITING) {
      await Promise.race(this.#waiting)
      signal.throwIfAborted()
    }
    log.warn({ reason }, 'a message is buried')
    // What is given up here is unsettled, so it comes again.
    const burying = this.#bury(delivery, reason).catch(() => undefined)
    this.#waiting.add(burying)
    void burying.then(() => this.#waiting.delete(burying))
  }

  /** Resolves once everything is buried, or given up because the session's work ends. */
  async done(): Promise<void> {
    await Promise.all(this.#waiting)
  }

  async #bury(delivery: Delivery, reason: string): Promise<void> {
    const { session, metrics, log } = this.#options
    try {
      await this.#try(cut(delivery, MAX_PAYLOAD_BYTES), reason)
    } catch (fault) {
      if (!isOwnFault(fault)) throw fault
      log.error({ reason, err: fault }, 'a message cannot be buried whole')
      await this.#try(cut(delivery, MIN_BODY_BYTES), 'It could not be buried whole.').catch(
        (last: unknown) => {
          if (!isOwnFault(last)) throw last
          log.error(
            { reason, err: last, messageId: delivery.messageId },
            'a message is given up: it cannot be buried',
          )
          return session.settle([delivery])
        },
      )
    }
    metrics.buried()
  }

  #try(delivery: Delivery, reason: string): Promise<void> {
    const { session, signal } = this.#options
    return this.#holder.untilDone(() => session.bury(delivery, reason), signal)
  }
}

function cut(delivery: Delivery, maxBytes: number): Delivery {
  return delivery.body.length <= maxBytes
    ? delivery
    : { ...delivery, body: delivery.body.subarray(0, maxBytes) }
}

/** Why something is buried, as the dead letter says it. */
export function toReason(fault: unknown): string {
  const { message, cause } = RecadoError.from(fault)
  return `${message} ${cause instanceof Error ? cause.message : String(cause ?? '')}`.trim()
}
