import { setTimeout as pause } from 'node:timers/promises'
import type { Channel, ChannelModel } from 'amqplib'
import { RecadoError } from '../../../lib/errors.js'
import type { Log } from '../../../lib/log.js'
import { withDeadline } from '../deadline.js'
import { assertMessageId } from '../message-id.js'
import type { DeadLetter, PublishOptions, Queue, QueueName, QueueSession } from '../queue.js'
import { closeChannel, openChannel, orUnavailable } from './channel.js'
import { RabbitmqConnection } from './connection.js'
import { drainDeadLetters, toDeadLetter } from './dead-letters.js'
import { RabbitmqPublisher } from './publisher.js'
import { RabbitmqSession } from './session.js'
import { RabbitmqTopology } from './topology.js'

/** How long the broker has to answer a single request. */
const ANSWER_MS = 5_000

/** The pause before a queue that could not be opened is tried again. */
const REOPEN_MS = 500

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
      name: 'recado publish',
      log,
      prepare: (connection) => this.#prepare(connection),
    })
    this.#consuming = new RabbitmqConnection({ url, name: 'recado consume', log })
  }

  /** Begins to connect. */
  start(): void {
    this.#publishing.start()
    this.#consuming.start()
  }

  async publish(partition: number, body: Buffer, options: PublishOptions = {}): Promise<void> {
    if (!(partition < this.#partitions)) throw new RangeError(`there is no partition ${partition}`)
    return this.#publish(this.#topology.routingKey(partition), body, options)
  }

  async publishToInbox(routingKey: string, body: Buffer, options: PublishOptions = {}): Promise<void> {
    return this.#publish(routingKey, body, options)
  }

  async open(name: QueueName, signal: AbortSignal): Promise<QueueSession> {
    while (!this.#isClosed) {
      const connection = await this.#consuming.opened(signal)
      try {
        return await this.#openSession(connection, name, signal)
      } catch (error) {
        signal.throwIfAborted()
        this.#log.warn({ err: error, queue: name }, 'a queue could not be opened')
      }
      // An abort ends the pause, and the next wait for a connection throws its reason.
      await pause(REOPEN_MS, undefined, { signal }).catch(() => undefined)
    }
    throw new RecadoError('unavailable', 'The queue is closed.')
  }

  async drainDeadLetters(visit: (letter: DeadLetter) => Promise<void>, limit: number): Promise<number> {
    return this.#withChannel(async (amqpChannel) => {
      await orUnavailable(this.#topology.declareDead(amqpChannel))
      return drainDeadLetters(amqpChannel, this.#topology.deadQueue, visit, limit)
    })
  }

  async ping(): Promise<void> {
    await this.#withChannel(async (amqpChannel) => {
      await orUnavailable(withDeadline(ANSWER_MS, amqpChannel.checkExchange(this.#topology.exchange)))
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#sessions].map((session) => session.close()))
    await this.#publisher.close()
    await Promise.all([this.#publishing.close(), this.#consuming.close()])
  }

  async #publish(routingKey: string, body: Buffer, { messageId, signal }: PublishOptions): Promise<void> {
    assertMessageId(messageId)
    return this.#publisher.publish({ exchange: this.#topology.exchange, routingKey, body, messageId, signal })
  }

  async #prepare(connection: ChannelModel): Promise<void> {
    const amqpChannel = await connection.createConfirmChannel()
    amqpChannel.on('error', (error) =>
      this.#log.warn({ err: error }, 'the broker closed the amqpChannel for publishing'),
    )
    // A missing exchange closes it, a missing queue makes the publisher close it; on a new connection all is declared again.
    amqpChannel.once('close', () => connection.close().catch(() => undefined))
    await this.#topology.declare(amqpChannel)
    this.#publisher.attach(amqpChannel)
  }

  async #openSession(connection: ChannelModel, name: QueueName, signal: AbortSignal): Promise<QueueSession> {
    const amqpChannel = await openChannel(connection, this.#log)
    const session = new RabbitmqSession(amqpChannel, (delivery, reason) =>
      this.#publisher.publish(toDeadLetter(this.#topology.deadQueue, delivery, reason)),
    )
    try {
      await withDeadline(ANSWER_MS, this.#topology.declareQueue(amqpChannel, name))
      await withDeadline(ANSWER_MS, session.start(this.#topology.queue(name)))
      signal.throwIfAborted()
    } catch (error) {
      await session.close()
      throw error
    }
    this.#sessions.add(session)
    session.closed.addEventListener('abort', () => this.#sessions.delete(session))
    return session
  }

  /** Lends an amqpChannel of its own to `work`. */
  async #withChannel<T>(work: (amqpChannel: Channel) => Promise<T>): Promise<T> {
    const connection = await orUnavailable(this.#consuming.opened(AbortSignal.timeout(ANSWER_MS)))
    const amqpChannel = await orUnavailable(openChannel(connection, this.#log))
    try {
      return await work(amqpChannel)
    } finally {
      await closeChannel(amqpChannel)
    }
  }
}
