import { RecadoError } from '../../../lib/errors.js'
import type { Log } from '../../../lib/log.js'
import type { Database } from '../../database/database.js'
import { applyMigrations } from '../../database/migrations.js'
import { assertPublishable } from '../publishable.js'
import { assertWaiting, PendingPublish } from '../pending-publish.js'
import { PgliteDeadLetters } from './dead-letters.js'
import { PgliteLine } from './line.js'
import { PgliteSession } from './session.js'
import { queueMigrations, readEnds, type LineEnd, type LineName, type Row } from './table.js'
import { PgliteWriter } from './writer.js'
import { PublishBacklog } from '../publish-backlog.js'
import type { DeadLetter, PublishOptions, Queue, QueueName, QueueSession } from '../queue.js'

/** Where the queues are kept and how they are. */
export type PgliteQueueOptions = {
  /** Stays the caller's to close, after the queue. */
  database: Database
  /** How many partitions there are. */
  partitions: number
  /** The bound of each queue. Default: 1 GiB. */
  maxQueueBytes?: number
  /** Default: 5,000. */
  publishDeadlineMs?: number
  log: Log
}

/** Opens the queue in a table of the embedded database, which is brought to what this version needs. One process, one queue object. */
export async function openPgliteQueue(options: PgliteQueueOptions): Promise<Queue> {
  await applyMigrations(options.database, queueMigrations)
  return new PgliteQueue(options, await options.database.read(readEnds))
}

class PgliteQueue implements Queue {
  readonly #database: Database
  readonly #log: Log
  readonly #partitions: number
  readonly #maxQueueBytes: number
  readonly #deadlineMs: number
  readonly #writer: PgliteWriter
  readonly #lines: Map<LineName, PgliteLine>
  readonly #deadLetters: PgliteDeadLetters
  readonly #backlog = new PublishBacklog()
  readonly #sessions = new Set<QueueSession>()
  readonly #closing = new AbortController()
  #lastPosition: number

  constructor(options: PgliteQueueOptions, ends: readonly LineEnd[]) {
    const { database, log, partitions, maxQueueBytes = 1024 ** 3, publishDeadlineMs = 5_000 } = options
    this.#database = database
    this.#log = log
    this.#partitions = partitions
    this.#maxQueueBytes = maxQueueBytes
    this.#deadlineMs = publishDeadlineMs
    this.#writer = new PgliteWriter(database, log)
    this.#lines = new Map(ends.map((end) => [end.line, new PgliteLine(maxQueueBytes, end)]))
    this.#lastPosition = Math.max(0, ...ends.map(({ tail }) => tail))
    this.#deadLetters = new PgliteDeadLetters({ database, line: this.#line('dead'), log })
  }

  async publish(partition: number, body: Buffer, options: PublishOptions = {}): Promise<void> {
    if (!(partition < this.#partitions)) throw new RangeError(`there is no partition ${partition}`)
    return this.#publish(partition, body, options)
  }

  async publishToInbox(_routingKey: string, body: Buffer, options: PublishOptions = {}): Promise<void> {
    return this.#publish('inbox', body, options)
  }

  async open(name: QueueName, signal: AbortSignal): Promise<QueueSession> {
    signal.throwIfAborted()
    this.#closing.signal.throwIfAborted()
    const line = this.#line(name)
    const bury = (row: Row, reason: string) => this.#bury(row, reason)
    const session = new PgliteSession({
      name,
      line,
      database: this.#database,
      writer: this.#writer,
      log: this.#log,
      bury,
    })
    this.#sessions.add(session)
    session.closed.addEventListener('abort', () => this.#sessions.delete(session))
    line.join(session)
    return session
  }

  async drainDeadLetters(visit: (letter: DeadLetter) => Promise<void>, limit: number): Promise<number> {
    this.#closing.signal.throwIfAborted()
    return this.#deadLetters.drain(visit, limit)
  }

  async ping(): Promise<void> {
    this.#closing.signal.throwIfAborted()
    await this.#database.ping()
  }

  async close(): Promise<void> {
    this.#closing.abort(new RecadoError('unavailable', 'The queue is closed.'))
    await Promise.all([...this.#sessions].map((session) => session.close()))
    await this.#writer.idle()
  }

  #line(name: LineName): PgliteLine {
    const line = this.#lines.get(name) ?? new PgliteLine(this.#maxQueueBytes)
    this.#lines.set(name, line)
    return line
  }

  async #publish(name: QueueName, body: Buffer, { messageId, signal }: PublishOptions): Promise<void> {
    this.#closing.signal.throwIfAborted()
    assertPublishable(body, messageId)
    assertWaiting(signal)
    const line = this.#line(name)
    line.reserve(body.length)
    try {
      this.#backlog.add(body)
    } catch (error) {
      line.release(body.length)
      throw error
    }
    const pending = new PendingPublish({ deadlineMs: this.#deadlineMs, signal, onGivenUp: () => undefined })
    this.#insert({ line: name, position: (this.#lastPosition += 1), body, messageId }, line, pending)
    return pending.outcome
  }

  #insert(row: Row, line: PgliteLine, pending: PendingPublish): void {
    this.#writer.insert({
      ...row,
      onDone: () => {
        this.#backlog.remove(row.body)
        line.committed(row)
        pending.confirm()
      },
      onFailed: (error) => {
        this.#backlog.remove(row.body)
        line.release(row.body.length)
        pending.fail(error)
      },
    })
  }

  async #bury(row: Row, reason: string): Promise<void> {
    await new Promise<void>((onDone, onFailed) =>
      this.#writer.bury({ from: row, position: (this.#lastPosition += 1), reason, onDone, onFailed }),
    )
    this.#line(row.line).release(row.body.length)
    await this.#deadLetters.buried(row.body.length)
  }
}
