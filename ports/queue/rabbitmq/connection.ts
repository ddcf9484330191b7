import { EventEmitter, once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type ChannelModel, type SocketOptions } from 'amqplib'
import { RecadoError } from '../../../lib/errors.js'
import type { Log } from '../../../lib/log.js'
import { withDeadline } from '../deadline.js'

/** A peer that is silent for two of these is gone. The broker's own default of 60 would hold partitions for minutes. */
const HEARTBEAT_SECONDS = 5

/** How long the broker has to take a connection, and to answer a goodbye. */
const ANSWER_MS = 5_000

/** How long declaring everything may take; a first start makes every quorum queue. */
const PREPARE_MS = 30_000

const MIN_BACKOFF_MS = 100
const MAX_BACKOFF_MS = 5_000

/** What a connection is for. */
export type RabbitmqConnectionOptions = {
  /** `amqp://` or `amqps://`. */
  url: string
  /** Shown by the broker's tools. */
  name: string
  log: Log
  /** Runs on each new connection before others may use it; when it rejects, the connection is made anew. */
  prepare?: (connection: ChannelModel) => Promise<void>
}

/**
 * A connection that is made anew for ever, with jittered backoff of 0.1 to 5 s, until it is closed. Its amqpChannels are not: who
 * has one makes it again.
 */
export class RabbitmqConnection {
  readonly #options: RabbitmqConnectionOptions
  readonly #closing = new AbortController()
  readonly #changes = new EventEmitter().setMaxListeners(0)
  #socket: AbortController | undefined
  #current: ChannelModel | undefined
  #running: Promise<void> | undefined

  constructor(options: RabbitmqConnectionOptions) {
    this.#options = options
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
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const startedAttempt = attempt
      try {
        await this.#connectOnce(() => (attempt = 0))
        if (!signal.aborted) this.#options.log.warn('the connection to the broker has ended')
      } catch (error) {
        if (!signal.aborted)
          this.#options.log.warn({ err: error, attempt: startedAttempt }, 'the broker is away')
      }
      // Aborting the pause is how close() ends it.
      await pause(backoffMs(attempt), undefined, { signal }).catch(() => undefined)
    }
  }

  /** Connects, and resolves when that connection has ended. */
  async #connectOnce(onOpened: () => void): Promise<void> {
    const socket = (this.#socket = new AbortController())
    try {
      const connection = await connect(withHeartbeat(this.#options.url), this.#socketOptions(socket.signal))
      const ended = this.#watch(connection)
      await withDeadline(PREPARE_MS, this.#options.prepare?.(connection))
      socket.signal.throwIfAborted()
      onOpened()
      this.#current = connection
      this.#changes.emit('change')
      await ended
    } finally {
      this.#current = undefined
      // After a missed heartbeat amqplib only half-closes the socket, which then lingers.
      socket.abort()
    }
  }

  #watch(connection: ChannelModel): Promise<void> {
    const { log } = this.#options
    connection.on('error', (error) => log.warn({ err: error }, 'the connection to the broker broke'))
    connection.on('blocked', (reason) => log.warn({ reason }, 'the broker takes no messages'))
    connection.on('unblocked', () => log.info('the broker takes messages again'))
    return new Promise((resolve) => connection.once('close', () => resolve()))
  }

  #socketOptions(signal: AbortSignal): SocketOptions & { signal: AbortSignal } {
    return {
      noDelay: true,
      timeout: ANSWER_MS,
      clientProperties: { connection_name: this.#options.name },
      signal,
    }
  }
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url)
  parsed.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS))
  return parsed.href
}

/** Between half and all of 0.1 s, doubled with each attempt, at most 5 s: a restarted broker is not met by everyone at once. */
function backoffMs(attempt: number): number {
  const fullMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(attempt, 10))
  return fullMs * (0.5 + Math.random() / 2)
}
