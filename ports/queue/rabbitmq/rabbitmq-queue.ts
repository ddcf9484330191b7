import type { Channel, ChannelModel } from 'amqplib'
import { Backoff } from '../../../lib/backoff.js'
import { RecadoError } from '../../../lib/errors.js'
import type { Log } from '../../../lib/log.js'
import { Outage } from '../../../lib/outage.js'
import { assertPublishable } from '../publishable.js'
import type { DeadLetter, PublishOptions, Queue, QueueName, QueueSession } from '../queue.js'
import { closeChannel, openChannel } from './channel.js'
import { RabbitmqConnection } from './connection.js'
import { DeadLetterWatch } from './dead-letter-watch.js'
import { drainDeadLetters, toDeadLetter } from './dead-letters.js'
import { answered, orUnavailable, toFault } from './faults.js'
import { RabbitmqPublisher } from './publisher.js'
import { RabbitmqSession } from './session.js'
import { RabbitmqTopology } from './topology.js'

/** How long the broker has to answer a single request. */
const ANSWER_MS = 5_000

/** How long a ping waits: who asks whether the queue is there wants to know soon. */
const PING_MS = 2_000

/** Where the broker is and how the queues are. */
export type RabbitmqQueueOptions = {
  /** `amqp://` or `amqps://`. */
  url: string
  /** How many partitions there are. */
  partitions: number
  /** What the names of exchanges and queues begin with. Default: `recado`. */
  prefix?: string
  /** The bound of each queue. Default: 1 GiB. The broker refuses to start with another value than the one it was given first. */
  maxQueueBytes?: number
  /** Default: 5,000. */
  publishDeadlineMs?: number
  log: Log
}

/**
 * Opens the queue on RabbitMQ 3.10 or newer and returns at once: it connects, and reconnects, by itself, and declares what is missing
 * each time. A full queue may overshoot its bound by what is published in the moment that it fills up.
 */
export function openRabbitmqQueue(options: RabbitmqQueueOptions): Queue {
  const queue = new RabbitmqQueue(options)
  queue.start()
  return queue
}

/**
 * Publishing and consuming have a connection each, so that a broker that holds publishers back still hears acknowledgements.
 */
class RabbitmqQueue implements Queue {
  readonly #log: Log
  readonly #partitions: number
  readonly #topology: RabbitmqTopology
  readonly #publisher: RabbitmqPublisher
  readonly #publishing: RabbitmqConnection
  readonly #consuming: RabbitmqConnection
  readonly #deadLetters: DeadLetterWatch
  readonly #sessions = new Set<QueueSession>()
  #isClosed = false

  constructor({
    url,
    partitions,
    prefix = 'recado',
    maxQueueBytes = 1024 ** 3,
    publishDeadlineMs = 5_000,
    log,
  }: RabbitmqQueueOptions) {
    this.#log = log
    this.#partitions = partitions
    this.#topology = new RabbitmqTopology({ prefix, partitions, maxQueueBytes })
    this.#publisher = new RabbitmqPublisher({ deadlineMs: publishDeadlineMs })
    this.#publishing = new RabbitmqConnection({
      url,
      purpose: 'publish',
      log,
      prepare: (connection) => this.#prepare(connection),
    })
    this.#consuming = new RabbitmqConnection({ url, purpose: 'consume', log })
    this.#deadLetters = new DeadLetterWatch({ count: () => this.#countDeadLetters(), log })
  }

  /** Begins to connect. */
  start(): void {
    this.#publishing.start()
    this.#consuming.start()
  }

  publish(partition: number, body: Buffer, options: PublishOptions = {}): Promise<void> {
    if (!(partition < this.#partitions))
      return Promise.reject(new RangeError(`there is no partition ${partition}`))
    return this.#publish(this.#topology.routingKey(partition), body, options)
  }

  publishToInbox(routingKey: string, body: Buffer, options: PublishOptions = {}): Promise<void> {
    return this.#publish(routingKey, body, options)
  }

  async open(name: QueueName, signal: AbortSignal): Promise<QueueSession> {
    const outage = new Outage({
      log: this.#log,
      name: `RabbitMQ (AMQP_URL), queue ${this.#topology.queue(name)}`,
    })
    const backoff = new Backoff({ firstMs: 100, maxMs: 1_000 })
    while (!this.#isClosed) {
      const connection = await this.#consuming.opened(signal)
      try {
        const session = await this.#openSession(connection, name, signal)
        outage.ended()
        return session
      } catch (error) {
        signal.throwIfAborted()
        outage.failed(toFault(error))
      }
      // An abort ends the wait, and the next wait for a connection throws its reason.
      await backoff.wait(signal).catch(() => undefined)
    }
    throw new RecadoError('unavailable', 'The queue is closed.')
  }

  async drainDeadLetters(visit: (letter: DeadLetter) => Promise<void>, limit: number): Promise<number> {
    return this.#withChannel(async (amqpChannel) => {
      await orUnavailable(this.#topology.declareDead(amqpChannel))
      this.#deadLetters.drained()
      return drainDeadLetters(amqpChannel, this.#topology.deadQueue, visit, limit)
    })
  }

  async ping(): Promise<void> {
    await answered(
      PING_MS,
      this.#withChannel((amqpChannel) => amqpChannel.checkExchange(this.#topology.exchange)),
    )
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#sessions].map((session) => session.close()))
    await this.#publisher.close()
    await Promise.all([this.#publishing.close(), this.#consuming.close()])
  }

  #publish(routingKey: string, body: Buffer, { messageId, signal }: PublishOptions): Promise<void> {
    try {
      assertPublishable(body, messageId)
    } catch (error) {
      return Promise.reject(error as RecadoError)
    }
    return this.#publisher.publish({ exchange: this.#topology.exchange, routingKey, body, messageId, signal })
  }

  async #prepare(connection: ChannelModel): Promise<void> {
    const amqpChannel = await connection.createConfirmChannel()
    // Its end is the connection's, so the reason is, too.
    amqpChannel.on('error', (error) => connection.emit('error', error))
    // A missing exchange closes it, a missing queue makes the publisher close it; on a new connection all is declared again.
    amqpChannel.once('close', () => connection.close().catch(() => undefined))
    await this.#topology.declare(amqpChannel)
    this.#publisher.attach(amqpChannel)
  }

  async #openSession(connection: ChannelModel, name: QueueName, signal: AbortSignal): Promise<QueueSession> {
    const amqpChannel = await answered(ANSWER_MS, openChannel(connection))
    const session = new RabbitmqSession(amqpChannel, async (delivery, bytes, reason) => {
      await this.#publisher.publish(toDeadLetter(this.#topology.deadQueue, delivery, bytes, reason))
      this.#deadLetters.buried()
    })
    try {
      await answered(ANSWER_MS, this.#topology.declareQueue(amqpChannel, name))
      await answered(ANSWER_MS, session.start(this.#topology.queue(name)))
      signal.throwIfAborted()
    } catch (error) {
      await session.close()
      throw error
    }
    this.#sessions.add(session)
    session.closed.addEventListener('abort', () => this.#sessions.delete(session))
    return session
  }

  async #countDeadLetters(): Promise<number> {
    const { messageCount } = await this.#withChannel((amqpChannel) =>
      amqpChannel.checkQueue(this.#topology.deadQueue),
    )
    return messageCount
  }

  /** Lends an amqpChannel of its own to `work`. */
  async #withChannel<T>(work: (amqpChannel: Channel) => Promise<T>): Promise<T> {
    const connection = await orUnavailable(this.#consuming.opened(AbortSignal.timeout(ANSWER_MS)))
    const amqpChannel = await orUnavailable(openChannel(connection))
    try {
      return await work(amqpChannel)
    } finally {
      await closeChannel(amqpChannel)
    }
  }
}
