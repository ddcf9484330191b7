import type { ConfirmChannel, Message, Options } from 'amqplib'
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
  readonly #sent = new Map<string, Sending>()
  #amqpChannel: ConfirmChannel | undefined
  #lastNumber = 0
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
    amqpChannel.on('return', (returned) => this.#onReturn(amqpChannel, returned))
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
    await Promise.allSettled([...this.#sent.values()].map(({ pending }) => pending.outcome))
  }

  #send(amqpChannel: ConfirmChannel, sending: Sending): void {
    const number = String((this.#lastNumber += 1))
    const { exchange, routingKey, body } = sending.message
    this.#sent.set(number, sending)
    try {
      amqpChannel.publish(
        exchange,
        routingKey,
        body,
        toProperties(sending.message, number),
        (error: Error | null) => this.#onOutcome(amqpChannel, number, error),
      )
    } catch (error) {
      this.#end(number)?.pending.fail(RecadoError.from(error))
    }
  }

  #onOutcome(amqpChannel: ConfirmChannel, number: string, error: Error | null): void {
    const pending = this.#end(number)?.pending
    if (!error) pending?.confirm()
    else pending?.fail(this.#amqpChannel === amqpChannel ? full(error) : lost(error))
  }

  /**
   * The broker returns a message before it confirms it. It happens only where someone has deleted queues: the amqpChannel is
   * given up, for its successor is made after all is declared again.
   */
  #onReturn(amqpChannel: ConfirmChannel, returned: Message): void {
    const sending = this.#sent.get(String(returned.properties.correlationId))
    sending?.pending.fail(new RecadoError('unavailable', 'The queue is not there.'))
    if (this.#amqpChannel !== amqpChannel) return
    this.#amqpChannel = undefined
    // It rejects when the connection breaks meanwhile, which does as well.
    amqpChannel.close().catch(() => undefined)
  }

  #end(number: string): Sending | undefined {
    const sending = this.#sent.get(number)
    this.#sent.delete(number)
    if (sending) this.#backlog.remove(sending.message.body)
    return sending
  }

  #stopWaiting(sending: Sending): void {
    if (this.#waiting.delete(sending)) this.#backlog.remove(sending.message.body)
  }
}

function toProperties({ messageId, headers }: Outgoing, number: string): Options.Publish {
  return {
    persistent: true,
    mandatory: true,
    contentType: 'application/json',
    correlationId: number,
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
