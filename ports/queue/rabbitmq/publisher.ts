import type { ConfirmChannel, Options } from 'amqplib'
import { RecadoError } from '../../../lib/errors.js'
import { assertWaiting, PendingPublish } from '../pending-publish.js'
import { PublishBacklog } from '../publish-backlog.js'
import { bundle } from './bundle.js'
import { Lane, type Outgoing, type Sending } from './lane.js'

/**
 * Publishes on one confirm amqpChannel at a time, in the order of the calls. While there is none, messages wait; those under way
 * when it is lost are `unavailable`, for whether they arrived is unknown.
 *
 * Messages with the same routing key that come while one is not confirmed yet wait for that and travel on as one bundle; a full one
 * waits for nothing.
 */
export class RabbitmqPublisher {
  readonly #deadlineMs: number
  readonly #backlog = new PublishBacklog()
  readonly #lanes = new Map<string, Lane>()
  readonly #open = new Set<Sending>()
  #amqpChannel: ConfirmChannel | undefined
  #closed = false

  constructor(options: { deadlineMs: number }) {
    this.#deadlineMs = options.deadlineMs
  }

  /** Resolves when the broker has confirmed the message; rejects as `Queue.publish` does. */
  publish(message: Outgoing): Promise<void> {
    try {
      if (this.#closed) throw closed()
      assertWaiting(message.signal)
      this.#backlog.add(message.body)
    } catch (error) {
      return Promise.reject(error as RecadoError)
    }
    const lane = this.#lane(message)
    const sending: Sending = {
      message,
      pending: new PendingPublish({
        deadlineMs: this.#deadlineMs,
        signal: message.signal,
        onGivenUp: () => {
          if (!lane.waiting.delete(sending)) return
          this.#end(sending)
          this.#forgetIdle(lane)
        },
      }),
    }
    this.#open.add(sending)
    lane.waiting.add(sending)
    this.#schedule(lane)
    return sending.pending.outcome
  }

  /** Publishes on this amqpChannel, beginning with what waits, until it closes. */
  attach(amqpChannel: ConfirmChannel): void {
    // Before amqplib's own listener, which fails what is unconfirmed: so a lost amqpChannel is told from a refusal.
    amqpChannel.prependListener('close', () => {
      if (this.#amqpChannel === amqpChannel) this.#amqpChannel = undefined
      if (this.#closed) this.#refuseWaiting()
    })
    amqpChannel.on('return', () => this.#giveUp(amqpChannel))
    this.#amqpChannel = amqpChannel
    for (const lane of this.#lanes.values()) this.#schedule(lane)
  }

  /** Takes no more, refuses what waits for the broker, and resolves when what is under way has its outcome. */
  async close(): Promise<void> {
    this.#closed = true
    if (!this.#amqpChannel) this.#refuseWaiting()
    await Promise.allSettled([...this.#open].map(({ pending }) => pending.outcome))
  }

  #lane({ exchange, routingKey }: Outgoing): Lane {
    const key = `${exchange}\n${routingKey}`
    const lane = this.#lanes.get(key) ?? new Lane(key)
    this.#lanes.set(key, lane)
    return lane
  }

  /** At the end of this turn of the loop, so that what is handed in during one travels together. */
  #schedule(lane: Lane): void {
    if (lane.isScheduled) return
    lane.isScheduled = true
    setImmediate(() => {
      lane.isScheduled = false
      this.#send(lane)
    })
  }

  #send(lane: Lane): void {
    while (this.#amqpChannel) {
      const [first, ...others] = lane.next()
      if (!first) break
      this.#publish(this.#amqpChannel, lane, [first, ...others])
    }
    this.#forgetIdle(lane)
  }

  /** Lanes are as many as there are routing keys on their way. One that was forgotten may still be scheduled beside its successor. */
  #forgetIdle(lane: Lane): void {
    if (lane.isIdle && this.#lanes.get(lane.key) === lane) this.#lanes.delete(lane.key)
  }

  #publish(amqpChannel: ConfirmChannel, lane: Lane, sendings: readonly [Sending, ...Sending[]]): void {
    const { exchange, routingKey } = sendings[0].message
    const { content, contentType } = bundle(sendings.map(({ message }) => message.body))
    const properties = { ...toProperties(sendings[0].message), contentType }
    lane.unconfirmed += 1
    try {
      amqpChannel.publish(exchange, routingKey, content, properties, (error: Error | null) =>
        this.#onOutcome(amqpChannel, lane, sendings, error),
      )
    } catch (error) {
      lane.unconfirmed -= 1
      this.#fail(sendings, RecadoError.from(error))
    }
  }

  #onOutcome(
    amqpChannel: ConfirmChannel,
    lane: Lane,
    sendings: readonly Sending[],
    error: Error | null,
  ): void {
    lane.unconfirmed -= 1
    if (error) this.#fail(sendings, this.#amqpChannel === amqpChannel ? full(error) : lost(error))
    else {
      for (const sending of sendings) {
        this.#end(sending)
        sending.pending.confirm()
      }
    }
    this.#send(lane)
  }

  #fail(sendings: Iterable<Sending>, error: RecadoError): void {
    for (const sending of sendings) {
      this.#end(sending)
      sending.pending.fail(error)
    }
  }

  #refuseWaiting(): void {
    for (const { waiting } of this.#lanes.values()) {
      this.#fail(waiting, closed())
      waiting.clear()
    }
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
    if (this.#open.delete(sending)) this.#backlog.remove(sending.message.body)
  }
}

function toProperties({ messageId, headers }: Outgoing): Options.Publish {
  return {
    persistent: true,
    mandatory: true,
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
