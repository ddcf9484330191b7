import type { ConfirmChannel, Options } from 'amqplib'
import { RecadoError } from '../../../lib/errors.js'
import { assertWaiting, PendingPublish } from '../pending-publish.js'
import { PublishBacklog } from '../publish-backlog.js'

/** A message for the broker. */
export type Outgoing = {
  /** Empty for the default exchange, where the routing key is the queue's name. */
  exchange: string
  routingKey: string
  body: Buffer
  messageId?: string | undefined
  headers?: Record<string, string>
  /** Ends the wait; the message may still be queued. */
  signal?: AbortSignal | undefined
}

type Sending = { message: Outgoing; pending: PendingPublish }

/**
 * Publishes on one confirm amqpChannel at a time, in the order of the calls. While there is none, messages wait; those under way
 * when it is lost are `unavailable`, for whether they arrived is unknown.
 */
export class RabbitmqPublisher {
  readonly #deadlineMs: number
  readonly #backlog = new PublishBacklog()
  readonly #waiting = new Set<Sending>()
  readonly #sent = new Set<Sending>()
  #amqpChannel: ConfirmChannel | undefined
  #closed = false

  constructor(options: { deadlineMs: number }) {
    this.#deadlineMs = options.deadlineMs
  }

  /** Resolves when the broker has confirmed the message; rejects as `Queue.publish` does. */
  async publish(message: Outgoing): Promise<void> {
    if (this.#closed) throw closed()
    assertWaiting(message.signal)
    this.#backlog.add(message.body)
    const sending: Sending = {
      message,
      pending: new PendingPublish({
        deadlineMs: this.#deadlineMs,
        signal: message.signal,
        onGivenUp: () => this.#stopWaiting(sending),
      }),
    }
    if (this.#amqpChannel) this.#send(this.#amqpChannel, sending)
    else this.#waiting.add(sending)
    return sending.pending.outcome
  }

  /** Publishes on this amqpChannel, beginning with what waits, until it closes. */
  attach(amqpChannel: ConfirmChannel): void {
    // Before amqplib's own listener, which fails what is unconfirmed: so a lost amqpChannel is told from a refusal.
    amqpChannel.prependListener('close', () => {
      if (this.#amqpChannel === amqpChannel) this.#amqpChannel = undefined
    })
    amqpChannel.on('return', () => this.#giveUp(amqpChannel))
    this.#amqpChannel = amqpChannel
    for (const sending of this.#waiting) {
      this.#waiting.delete(sending)
      this.#send(amqpChannel, sending)
    }
  }

  /** Takes no more, refuses what waits for the broker, and resolves when what is under way has its outcome. */
  async close(): Promise<void> {
    this.#closed = true
    for (const sending of this.#waiting) {
      this.#stopWaiting(sending)
      sending.pending.fail(closed())
    }
    await Promise.allSettled([...this.#sent].map(({ pending }) => pending.outcome))
  }

  #send(amqpChannel: ConfirmChannel, sending: Sending): void {
    const { exchange, routingKey, body } = sending.message
    this.#sent.add(sending)
    try {
      amqpChannel.publish(exchange, routingKey, body, toProperties(sending.message), (error: Error | null) =>
        this.#onOutcome(amqpChannel, sending, error),
      )
    } catch (error) {
      this.#end(sending)
      sending.pending.fail(RecadoError.from(error))
    }
  }

  #onOutcome(amqpChannel: ConfirmChannel, sending: Sending, error: Error | null): void {
    this.#end(sending)
    if (!error) sending.pending.confirm()
    else sending.pending.fail(this.#amqpChannel === amqpChannel ? full(error) : lost(error))
  }

  /**
   * A message comes back, before its confirm, only where someone has deleted queues. What is under way is `unavailable` then, and
   * the next amqpChannel is made after all is declared again.
   */
  #giveUp(amqpChannel: ConfirmChannel): void {
    if (this.#amqpChannel !== amqpChannel) return
    this.#amqpChannel = undefined
    // It rejects when the connection breaks meanwhile, which does as well.
    amqpChannel.close().catch(() => undefined)
  }

  #end(sending: Sending): void {
    if (this.#sent.delete(sending)) this.#backlog.remove(sending.message.body)
  }

  #stopWaiting(sending: Sending): void {
    if (this.#waiting.delete(sending)) this.#backlog.remove(sending.message.body)
  }
}

function toProperties({ messageId, headers }: Outgoing): Options.Publish {
  return {
    persistent: true,
    mandatory: true,
    contentType: 'application/json',
    ...(messageId === undefined ? {} : { messageId }),
    ...(headers === undefined ? {} : { headers }),
  }
}

function full(cause: Error): RecadoError {
  return new RecadoError('resource_exhausted', 'The queue is full. Send it again a little later.', { cause })
}

function lost(cause: Error): RecadoError {
  return new RecadoError(
    'unavailable',
    'The queue was lost before it confirmed. Send it again with the same nonce.',
    { cause },
  )
}

function closed(): RecadoError {
  return new RecadoError('unavailable', 'The queue is closed.')
}
