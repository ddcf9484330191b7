import { setTimeout as sleep } from 'node:timers/promises'
import type { QueuedMessage } from '../../gen/recado/v1/payload.js'
import { RecadoError } from '../../lib/errors.js'
import type { Log } from '../../lib/log.js'
import { toPartition } from '../../contract/partitions.js'
import { decodePayload, encodePayload } from '../../contract/payload.js'
import type { Delivery, Queue, QueueSession } from '../../ports/queue/queue.js'
import type { ConsumerMetrics } from '../metrics.js'
import { complete } from '../pipeline/read.js'
import { workQueue } from './work-queue.js'

const BATCH_LIMITS = { maxItems: 200, maxBytes: 4 * 1024 * 1024 }
const BACKOFF_MS = 200

/** What the inbox works with. */
export type InboxDeps = { queue: Queue; partitions: number; metrics: ConsumerMetrics; log: Log }

/**
 * Forwards what internal publishers send to the partitions. The channel is the payload's, never the routing key's. One message a
 * channel is in flight, so that a failed publish cannot change the order.
 */
export class Inbox {
  readonly #deps: InboxDeps

  constructor(deps: InboxDeps) {
    this.#deps = deps
  }

  /** Runs until `signal` aborts; what is in hand is forwarded before it resolves. */
  run(signal: AbortSignal): Promise<void> {
    const { queue, log } = this.#deps
    return workQueue(
      { queue, name: 'inbox', limits: BATCH_LIMITS, signal, log },
      (session) => (deliveries) => this.#forward(deliveries, session),
    )
  }

  async #forward(deliveries: readonly Delivery[], session: QueueSession): Promise<void> {
    const byChannel = new Map<string, { delivery: Delivery; payload: QueuedMessage }[]>()
    for (const delivery of deliveries) {
      const payload = await this.#readOrBury(delivery, session)
      if (!payload) continue
      const waiting = byChannel.get(payload.channelId)
      if (waiting) waiting.push({ delivery, payload })
      else byChannel.set(payload.channelId, [{ delivery, payload }])
    }
    await Promise.all([...byChannel.values()].map((waiting) => this.#forwardInOrder(waiting, session)))
    await session.settle([...byChannel.values()].flat().map(({ delivery }) => delivery))
  }

  async #readOrBury(delivery: Delivery, session: QueueSession): Promise<QueuedMessage | undefined> {
    try {
      return complete(decodePayload(delivery.body), delivery.messageId)
    } catch (error) {
      await session.bury(delivery, RecadoError.from(error).message)
      this.#deps.metrics.buried()
      return undefined
    }
  }

  async #forwardInOrder(
    waiting: readonly { delivery: Delivery; payload: QueuedMessage }[],
    session: QueueSession,
  ): Promise<void> {
    for (const { delivery, payload } of waiting) {
      const options = delivery.messageId === undefined ? {} : { messageId: delivery.messageId }
      const partition = toPartition(payload.channelId, this.#deps.partitions)
      for (;;) {
        try {
          await this.#deps.queue.publish(partition, encodePayload(payload), options)
          break
        } catch (error) {
          session.closed.throwIfAborted()
          this.#deps.log.warn({ err: error }, 'forwarding is held until a fault has passed')
          await sleep(BACKOFF_MS, undefined, { signal: session.closed })
        }
      }
    }
  }
}
