import { isOwnFault } from '../../contract/faults.js'
import type { BackoffOptions } from '../../lib/backoff.js'
import type { QueuedCommand } from '../../gen/recado/v1/payload.js'
import type { Log } from '../../lib/log.js'
import { toPartition } from '../../contract/partitions.js'
import { decodePayload, encodePayload } from '../../contract/payload.js'
import type { Delivery, Queue, QueueSession } from '../../ports/queue/queue.js'
import type { ConsumerMetrics } from '../metrics.js'
import { complete } from '../pipeline/read.js'
import { Undertaker, toReason } from './undertaker.js'
import { Holder } from './holder.js'
import { workQueue, type SessionWork } from './work-queue.js'

const BATCH_LIMITS = { maxItems: 200, maxBytes: 4 * 1024 * 1024 }

/** What the inbox works with. */
export type InboxDeps = {
  queue: Queue
  partitions: number
  metrics: ConsumerMetrics
  log: Log
  /** How waits grow while work is held; for tests. */
  backoff?: BackoffOptions
}

/** A message of another service, to be forwarded. */
type Arrival = { delivery: Delivery; payload: QueuedCommand }

/**
 * Forwards what internal publishers send to the partitions, until `signal` aborts. The channel is the payload's, never the routing
 * key's. One message a channel is in flight, so that a failed publish cannot change the order.
 */
export function workInbox(deps: InboxDeps, signal: AbortSignal): Promise<void> {
  const log = deps.log.child({ queue: 'inbox' })
  return workQueue(
    { queue: deps.queue, name: 'inbox', limits: BATCH_LIMITS, signal, log },
    (session) => new InboxWork(session, signal, { ...deps, log }),
  )
}

class InboxWork implements SessionWork {
  readonly #deps: InboxDeps
  readonly #session: QueueSession
  readonly #signal: AbortSignal
  readonly #holder: Holder
  readonly #undertaker: Undertaker
  #inHand: Promise<void> = Promise.resolve()

  constructor(session: QueueSession, stopping: AbortSignal, deps: InboxDeps) {
    this.#deps = deps
    this.#session = session
    this.#signal = AbortSignal.any([session.closed, stopping])
    this.#holder = new Holder({ ...deps, queue: 'inbox', work: 'forward' })
    this.#undertaker = new Undertaker({ ...deps, queue: 'inbox', session, signal: this.#signal })
  }

  handle(deliveries: readonly Delivery[]): Promise<void> {
    const handling = this.#handle(deliveries)
    this.#inHand = handling.catch(() => undefined)
    return handling
  }

  async finish(): Promise<void> {
    await this.#inHand
    await this.#undertaker.done()
  }

  async #handle(deliveries: readonly Delivery[]): Promise<void> {
    const byChannel = new Map<string, Arrival[]>()
    for (const delivery of deliveries) {
      const payload = await this.#readOrBury(delivery)
      if (!payload) continue
      const waiting = byChannel.get(payload.channelId)
      if (waiting) waiting.push({ delivery, payload })
      else byChannel.set(payload.channelId, [{ delivery, payload }])
    }
    await Promise.all([...byChannel.values()].map((arrivals) => this.#forwardInOrder(arrivals)))
  }

  async #readOrBury(delivery: Delivery): Promise<QueuedCommand | undefined> {
    try {
      return complete(decodePayload(delivery.body), delivery.messageId)
    } catch (fault) {
      await this.#undertaker.add(delivery, toReason(fault))
      return undefined
    }
  }

  async #forwardInOrder(arrivals: readonly Arrival[]): Promise<void> {
    for (const { delivery, payload } of arrivals) {
      try {
        await this.#holder.untilDone(() => this.#forward(delivery, payload), this.#signal)
      } catch (fault) {
        if (!isOwnFault(fault)) throw fault
        await this.#undertaker.add(delivery, toReason(fault))
      }
    }
  }

  async #forward({ messageId, ...delivery }: Delivery, payload: QueuedCommand): Promise<void> {
    const { queue, partitions } = this.#deps
    const options = messageId === undefined ? {} : { messageId }
    await queue.publish(toPartition(payload.channelId, partitions), encodePayload(payload), options)
    await this.#session.settle([{ messageId, ...delivery }])
  }
}
