import { connect } from 'amqplib'
import { createLog } from '../../lib/log.js'
import { openRabbitmqQueue } from '../../ports/queue/rabbitmq/rabbitmq-queue.js'
import type { Queue } from '../../ports/queue/queue.js'
import { freshName, serviceUrl } from '../support/adapters.js'
import { PARTITIONS, type PlaceOptions, type QueuePlace } from './queue-place.js'

/** A prefix of its own on the broker of AMQP_URL. */
export class RabbitmqPlace implements QueuePlace {
  readonly prefix = freshName()
  readonly #options: PlaceOptions
  readonly #opened: Queue[] = []

  constructor(options: PlaceOptions = {}) {
    this.#options = options
  }

  /** Does not wait for the broker: whoever uses the queue does. */
  async open(url = serviceUrl('AMQP_URL')): Promise<Queue> {
    const log = createLog({ level: 'silent', program: 'test' })
    const queue = openRabbitmqQueue({
      url,
      partitions: PARTITIONS,
      prefix: this.prefix,
      log,
      ...this.#options,
    })
    this.#opened.push(queue)
    return queue
  }

  async drop(): Promise<void> {
    await Promise.all(this.#opened.map((queue) => queue.close()))
    const connection = await connect(serviceUrl('AMQP_URL'), { noDelay: true })
    const amqpChannel = await connection.createChannel()
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => `messages.${partition}`)
    for (const name of ['inbox', 'dead', ...partitions])
      await amqpChannel.deleteQueue(`${this.prefix}.${name}`)
    for (const name of ['messages', 'inbox']) await amqpChannel.deleteExchange(`${this.prefix}.${name}`)
    await connection.close()
  }
}
