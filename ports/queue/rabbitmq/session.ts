import type { Channel, ConsumeMessage, Message } from 'amqplib'
import { AckWindow } from './ack-window.js'
import { Arrivals } from '../arrivals.js'
import { isMessageId } from '../publishable.js'
import { MAX_BUNDLED, unbundle } from './bundle.js'
import { MAX_UNSETTLED, type Delivery, type QueueSession, type TakeLimits } from '../queue.js'

/** Moves a delivery, whose body had so many bytes, to the dead letters; resolves once it is durable there. */
export type SendToDead = (delivery: Delivery, bytes: number, reason: string) => Promise<void>

/** An AMQP message, how many of its deliveries are not settled, and its size where it is one delivery. */
type Carrier = { readonly tag: number; unsettled: number; readonly bytes: number | undefined }

/**
 * One amqpChannel that consumes one queue. It is given up by closing the amqpChannel: a cancel or a nack would hand the later
 * messages to the next consumer before the earlier ones.
 */
export class RabbitmqSession implements QueueSession {
  readonly #amqpChannel: Channel
  readonly #sendToDead: SendToDead
  readonly #arrivals = new Arrivals()
  readonly #acks = new AckWindow()
  /** By the tag of each delivery, the AMQP message that brought it. */
  readonly #unsettled = new Map<number, Carrier>()
  readonly #closed = new AbortController()
  readonly #gone: Promise<void>
  #lastTag = 0

  constructor(amqpChannel: Channel, sendToDead: SendToDead) {
    this.#amqpChannel = amqpChannel
    this.#sendToDead = sendToDead
    this.#gone = new Promise((resolve) => {
      amqpChannel.once('close', () => {
        this.#end()
        resolve()
      })
    })
  }

  get closed(): AbortSignal {
    return this.#closed.signal
  }

  /** Begins to consume. Resolves once the broker knows. */
  async start(queue: string): Promise<void> {
    // The broker counts a bundle as one.
    await this.#amqpChannel.prefetch(MAX_UNSETTLED / MAX_BUNDLED)
    await this.#amqpChannel.consume(queue, (message) => this.#onMessage(message))
  }

  async take(limits: TakeLimits): Promise<Delivery[]> {
    while (this.#arrivals.isEmpty && !this.closed.aborted) await this.#arrivals.changed()
    return this.#arrivals.cut(limits)
  }

  async settle(deliveries: readonly Delivery[]): Promise<void> {
    if (this.closed.aborted) return
    const { upTo, alone } = this.#acks.settle(deliveries.flatMap(({ tag }) => this.#settleOne(tag)))
    for (const tag of alone) this.#amqpChannel.ack(withTag(tag))
    if (upTo !== undefined) this.#amqpChannel.ack(withTag(upTo), true)
  }

  async bury(delivery: Delivery, reason: string): Promise<void> {
    const bytes = this.#unsettled.get(delivery.tag)?.bytes ?? delivery.body.length
    await this.#sendToDead(delivery, bytes, reason)
    await this.settle([delivery])
  }

  async close(): Promise<void> {
    this.#end()
    // It rejects when that was said before; the event comes in any case.
    this.#amqpChannel.close().catch(() => undefined)
    await this.#gone
  }

  #onMessage(message: ConsumeMessage | null): void {
    // The broker has cancelled the consumer: the queue was deleted, or its leader lost.
    if (!message) return void this.close()
    if (this.closed.aborted) return
    const bodies = unbundle(message)
    const carrier = {
      tag: message.fields.deliveryTag,
      unsettled: bodies.length,
      bytes: bodies.length === 1 ? message.content.length : undefined,
    }
    const messageId = readMessageId(message)
    for (const body of bodies) {
      this.#lastTag += 1
      this.#unsettled.set(this.#lastTag, carrier)
      this.#arrivals.push({ body, messageId, tag: this.#lastTag })
    }
  }

  /** The AMQP message's tag, once this was the last of its deliveries. */
  #settleOne(tag: number): number[] {
    const carrier = this.#unsettled.get(tag)
    if (!carrier) return []
    this.#unsettled.delete(tag)
    carrier.unsettled -= 1
    return carrier.unsettled === 0 ? [carrier.tag] : []
  }

  #end(): void {
    this.#closed.abort()
    this.#arrivals.clear()
    this.#unsettled.clear()
  }
}

/** Bytes that are not UTF-8 grow when decoded; an id that could not be published again is none. */
function readMessageId({ properties }: ConsumeMessage): string | undefined {
  const messageId: unknown = properties.messageId
  return typeof messageId === 'string' && isMessageId(messageId) ? messageId : undefined
}

/** All that amqplib reads of a message to acknowledge it. */
function withTag(deliveryTag: number): Message {
  return { fields: { deliveryTag } } as Message
}
