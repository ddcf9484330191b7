import type { Channel, Options } from 'amqplib'
import type { QueueName } from '../queue.js'

/**
 * RabbitMQ 4 moves a message to nowhere after 20 lost sessions unless told otherwise. Nothing of ours may go that way: only the
 * consumer gives a message up.
 */
const DELIVERY_LIMIT = 1_000_000_000

/** The names of exchanges and queues on the broker, and how they are declared. */
export class RabbitmqTopology {
  /** Direct; what no partition takes falls through its alternate exchange to the inbox. */
  readonly exchange: string
  /** The queue of dead letters; published to by its name. */
  readonly deadQueue: string
  readonly #prefix: string
  readonly #partitions: number
  readonly #maxQueueBytes: number

  constructor(options: { prefix: string; partitions: number; maxQueueBytes: number }) {
    this.exchange = `${options.prefix}.messages`
    this.deadQueue = `${options.prefix}.dead`
    this.#prefix = options.prefix
    this.#partitions = options.partitions
    this.#maxQueueBytes = options.maxQueueBytes
  }

  /** The queue's name on the broker. */
  queue(name: QueueName): string {
    return name === 'inbox' ? this.#inbox : `${this.exchange}.${name}`
  }

  /** The routing key of a partition; no channel id can be one. */
  routingKey(partition: number): string {
    return `partition:${partition}`
  }

  /** Declares everything. What is there already stays as it is. */
  async declare(amqpChannel: Channel): Promise<void> {
    await this.declareDead(amqpChannel)
    await this.declareQueue(amqpChannel, 'inbox')
    for (let partition = 0; partition < this.#partitions; partition += 1) {
      await this.declareQueue(amqpChannel, partition)
    }
  }

  /** Declares one queue with what leads to it. */
  async declareQueue(amqpChannel: Channel, name: QueueName): Promise<void> {
    const queue = this.queue(name)
    await amqpChannel.assertExchange(this.#inbox, 'fanout', { durable: true })
    await amqpChannel.assertExchange(this.exchange, 'direct', {
      durable: true,
      alternateExchange: this.#inbox,
    })
    await amqpChannel.assertQueue(queue, this.#queueOptions({ 'x-single-active-consumer': true }))
    if (name === 'inbox') await amqpChannel.bindQueue(queue, this.#inbox, '')
    else await amqpChannel.bindQueue(queue, this.exchange, this.routingKey(name))
  }

  /** Declares the queue of dead letters. A full one gives its oldest up: what is buried must never stop what is well. */
  async declareDead(amqpChannel: Channel): Promise<void> {
    await amqpChannel.assertQueue(this.deadQueue, this.#queueOptions({ 'x-overflow': 'drop-head' }))
  }

  get #inbox(): string {
    return `${this.#prefix}.inbox`
  }

  #queueOptions(extra: Record<string, unknown>): Options.AssertQueue {
    return {
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-max-length-bytes': this.#maxQueueBytes,
        'x-overflow': 'reject-publish',
        'x-delivery-limit': DELIVERY_LIMIT,
        ...extra,
      },
    }
  }
}
