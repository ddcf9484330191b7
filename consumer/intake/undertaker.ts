import { isOwnFault } from '../../contract/faults.js'
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

/** So much of a body is tried where the queue does not take the message as it is, in bytes. */
const HEAD_BYTES = 4 * 1024

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
    const { metrics, log } = this.#options
    try {
      await this.#try(delivery, reason)
    } catch (fault) {
      if (!isOwnFault(fault)) throw fault
      log.error({ reason, err: fault }, 'a message cannot be buried whole')
      await this.#buryHead(delivery, reason)
    }
    metrics.buried()
  }

  async #buryHead(delivery: Delivery, reason: string): Promise<void> {
    const { session, log } = this.#options
    const { body, messageId } = delivery
    try {
      await this.#try({ ...delivery, body: body.subarray(0, HEAD_BYTES) }, 'It could not be buried whole.')
    } catch (fault) {
      if (!isOwnFault(fault)) throw fault
      log.error({ reason, err: fault, messageId }, 'a message is given up: it cannot be buried')
      await session.settle([delivery])
    }
  }

  #try(delivery: Delivery, reason: string): Promise<void> {
    const { session, signal } = this.#options
    return this.#holder.untilDone(() => session.bury(delivery, reason), signal)
  }
}

/** Why something is buried, as the dead letter says it. */
export function toReason(fault: unknown): string {
  const { message, cause } = RecadoError.from(fault)
  return `${message} ${cause instanceof Error ? cause.message : String(cause ?? '')}`.trim()
}
