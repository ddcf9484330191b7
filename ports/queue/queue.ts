/** Where a message waits: a partition by its number, or the inbox that unknown routing keys fall through to. */
export type QueueName = number | 'inbox'

/** A message handed over, to be settled or buried. */
export type Delivery = {
  /**
   * The body as it was published. Of one that is larger than `MAX_PAYLOAD_BYTES` only so much and one byte more is kept, for its
   * reader to see that it is too large: so what a session holds is bounded in bytes, whoever has published it.
   */
  readonly body: Buffer
  /** AMQP's `message_id`, if the publisher set one. */
  readonly messageId: string | undefined
  /** Rises by one with each delivery of a session. */
  readonly tag: number
}

/** How many deliveries a session holds unsettled; beyond that the queue waits. */
export const MAX_UNSETTLED = 2_000

/** What publishing may carry beside the body. */
export type PublishOptions = {
  /** AMQP's `message_id`, at most 255 bytes; a longer one is `invalid_argument`. */
  messageId?: string
  /** Ends the wait; the message may still be queued. */
  signal?: AbortSignal
}

/** How much one `take` may return. */
export type TakeLimits = { maxItems: number; maxBytes: number }

/** A dead letter, as a person sees it. */
export type DeadLetter = {
  /** The body, or its first `MAX_PAYLOAD_BYTES`. */
  body: Buffer
  /** How many bytes the body had when it was published. */
  bytes: number
  /** Why it was buried. */
  reason: string
  messageId: string | undefined
}

/**
 * The queue between those who accept messages and the consumer: partitions 0..P−1, an inbox, and dead letters. Every queue is
 * durable, bounded in bytes, and keeps the order of one publisher. Each partition, and the inbox, is worked by one session at a
 * time; others wait their turn behind it, in this and in other processes.
 *
 * Errors are `RecadoError`s. Once the queue is closed every call is `unavailable`.
 */
export interface Queue {
  /**
   * Puts a message into a partition and resolves once it is durable there. Messages that one process publishes to one partition
   * keep the order of the calls, those that failed left out. While the broker is away it waits for it to come back.
   *
   * Rejects with `invalid_argument` where the body has more than `MAX_PAYLOAD_BYTES`, which no consumer would read; with `unavailable`
   * or `deadline_exceeded` (it may be there all the same: repeat it with the same nonce) and with
   * `resource_exhausted` (it is not there) when the partition is full, or when 10,000 messages or 64 MiB of this process are on
   * their way. Default deadline: 5 s.
   */
  publish(partition: number, body: Buffer, options?: PublishOptions): Promise<void>

  /** Puts a message into the inbox, as an internal publisher does with the channel's id as the routing key. As {@link publish}. */
  publishToInbox(routingKey: string, body: Buffer, options?: PublishOptions): Promise<void>

  /**
   * Asks for a queue and resolves once the broker has taken the wish down; deliveries begin when no other session works it.
   * While the broker is away it waits. Rejects when `signal` aborts.
   */
  open(name: QueueName, signal: AbortSignal): Promise<QueueSession>

  /**
   * Hands the oldest dead letters to `visit`, one by one, at most `limit`; each is removed once its promise resolves. When it
   * rejects, that letter stays and the drain rejects with the same. Resolves with the number removed.
   */
  drainDeadLetters(visit: (letter: DeadLetter) => Promise<void>, limit: number): Promise<number>

  /** Resolves when the broker answers; rejects with `unavailable`, at the latest after two seconds. */
  ping(): Promise<void>

  /**
   * Closes every session, waits for what is being published (what only waits for the broker is `unavailable`), then lets go of the
   * connection. Calling again changes nothing.
   */
  close(): Promise<void>
}

/**
 * The work on one queue. Deliveries come in the queue's order. What is not settled when the session ends comes again, in the same
 * order and first, to the next session. Nothing is ever put back while the session lives.
 */
export interface QueueSession {
  /** Aborts when the session has ended: closed here, by the broker, or with the connection. Then nothing may be written for it any more. */
  readonly closed: AbortSignal

  /**
   * Takes all that has arrived, up to the limits and at least one message, waiting while there is none. Resolves with an empty
   * list once the session has ended. One call at a time. At most {@link MAX_UNSETTLED} messages, and some tens of MiB of them, are held
   * unsettled; beyond that the queue waits.
   */
  take(limits: TakeLimits): Promise<Delivery[]>

  /**
   * Removes deliveries from the queue for good, in any order; those that were removed before change nothing. Best effort: what a
   * broken connection did not hear comes again, and so may what was published together with something that is not settled. It
   * does not wait for the removal; `close` does.
   */
  settle(deliveries: readonly Delivery[]): Promise<void>

  /**
   * Moves a delivery to the dead letters with its reason: durable there before it is removed here. Of its body at most
   * `MAX_PAYLOAD_BYTES` are kept. Dead letters are never refused for want of room: when they are full the oldest go, and the log says
   * so. Rejects with `unavailable`, `deadline_exceeded` or, where too much of this process is on its way, `resource_exhausted`.
   */
  bury(delivery: Delivery, reason: string): Promise<void>

  /**
   * Gives the queue up so that another session goes on where this one stopped. Call it with no write in flight. Calling again
   * changes nothing.
   */
  close(): Promise<void>
}
