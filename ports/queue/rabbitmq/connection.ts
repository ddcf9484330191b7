import { EventEmitter, once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type ChannelModel, type SocketOptions } from 'amqplib'
import { Backoff } from '../../../lib/backoff.js'
import { RecadoError } from '../../../lib/errors.js'
import type { Log } from '../../../lib/log.js'
import { Outage } from '../../../lib/outage.js'
import { answered, toFault } from './faults.js'

/** A peer that is silent for two of these is gone, which is seen at the third: within 10 s. The broker's own default is 60. */
const HEARTBEAT_SECONDS = 3

/** How long the broker has to take a connection, and to answer a goodbye. */
const ANSWER_MS = 5_000

/** How long declaring everything may take; a first start makes every quorum queue. */
const PREPARE_MS = 30_000

/** What a connection is for. */
export type RabbitmqConnectionOptions = {
  /** `amqp://` or `amqps://`. */
  url: string
  /** What it is for, as the broker's tools and the log show it. */
  purpose: 'publish' | 'consume'
  log: Log
  /** Runs on each new connection before others may use it; when it rejects, the connection is made anew. */
  prepare?: (connection: ChannelModel) => Promise<void>
}

/**
 * A connection that is made anew for ever, with back-off of 0.1 to 5 s, until it is closed. Its amqpChannels are not: who has one makes
 * it again. An outage is told when it begins, now and then, and when it ends.
 */
export class RabbitmqConnection {
  readonly #options: RabbitmqConnectionOptions
  readonly #outage: Outage
  readonly #backoff = new Backoff({ firstMs: 100, maxMs: 5_000 })
  readonly #closing = new AbortController()
  readonly #changes = new EventEmitter().setMaxListeners(0)
  #socket: AbortController | undefined
  #current: ChannelModel | undefined
  #running: Promise<void> | undefined

  constructor(options: RabbitmqConnectionOptions) {
    this.#options = options
    this.#outage = new Outage({ log: options.log, name: `RabbitMQ (AMQP_URL), to ${options.purpose}` })
  }

  /** Begins to connect. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** The open connection, waiting while there is none. Rejects when `signal` aborts, and with `unavailable` once closed. */
  async opened(signal: AbortSignal): Promise<ChannelModel> {
    while (!this.#current) {
      signal.throwIfAborted()
      if (this.#closing.signal.aborted) throw new RecadoError('unavailable', 'The queue is closed.')
      // An abort ends the wait, and its reason is thrown above.
      await once(this.#changes, 'change', { signal }).catch(() => undefined)
    }
    return this.#current
  }

  /** Says goodbye to the broker and stops. Calling again changes nothing. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#changes.emit('change')
    // A connection that breaks meanwhile is as good as closed.
    const goodbye = this.#current?.close().catch(() => undefined)
    if (goodbye) await Promise.race([goodbye, pause(ANSWER_MS, undefined, { ref: false })])
    this.#socket?.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      const fault = await this.#connectOnce().catch(toFault)
      if (signal.aborted) return
      this.#outage.failed(fault)
      // Aborting the wait is how close() ends it.
      await this.#backoff.wait(signal).catch(() => undefined)
    }
  }

  /** Connects, and resolves when that connection has ended, with the reason. */
  async #connectOnce(): Promise<RecadoError> {
    const socket = (this.#socket = new AbortController())
    try {
      const connection = await connect(withHeartbeat(this.#options.url), this.#socketOptions(socket.signal))
      const ended = this.#watch(connection)
      await answered(PREPARE_MS, this.#options.prepare?.(connection) ?? Promise.resolve())
      socket.signal.throwIfAborted()
      this.#backoff.reset()
      this.#outage.ended()
      this.#current = connection
      this.#changes.emit('change')
      return await ended
    } finally {
      this.#current = undefined
      // After a missed heartbeat amqplib only half-closes the socket, which then lingers.
      socket.abort()
    }
  }

  #watch(connection: ChannelModel): Promise<RecadoError> {
    const { log } = this.#options
    let fault = new RecadoError('unavailable', 'The connection has ended.')
    connection.on('error', (error) => (fault = toFault(error)))
    connection.on('blocked', (reason) => log.warn({ reason }, 'the broker takes no messages'))
    connection.on('unblocked', () => log.info('the broker takes messages again'))
    return new Promise((resolve) => connection.once('close', () => resolve(fault)))
  }

  #socketOptions(signal: AbortSignal): SocketOptions & { signal: AbortSignal } {
    return {
      noDelay: true,
      timeout: ANSWER_MS,
      clientProperties: { connection_name: `recado ${this.#options.purpose}` },
      signal,
    }
  }
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url)
  parsed.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS))
  return parsed.href
}
