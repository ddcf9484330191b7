import type { Log } from '../../../lib/log.js'
import type { Database } from '../../database/database.js'
import { Arrivals } from '../arrivals.js'
import type { LineWorker, PgliteLine } from './line.js'
import { readRows, type LineName, type Row } from './table.js'
import type { PgliteWriter } from './writer.js'
import { MAX_UNSETTLED, type Delivery, type QueueSession, type TakeLimits } from '../queue.js'

/** How many messages are read from the table at once. */
const PAGE_ROWS = 500

/** With so many bytes unsettled no more are read. */
const MAX_UNSETTLED_BYTES = 32 * 1024 * 1024

/** What a session works with. */
export type SessionSource = {
  name: LineName
  line: PgliteLine
  database: Database
  writer: PgliteWriter
  log: Log
  /** Turns a message into a dead letter; resolves once that is durable. */
  bury: (row: Row, reason: string) => Promise<void>
}

/**
 * The work on one queue. It begins with what the table holds; once it is at the tail, messages come from memory as they are
 * committed. A message that there is no room for stays in the table and is read from there.
 */
export class PgliteSession implements QueueSession, LineWorker {
  readonly #source: SessionSource
  readonly #arrivals = new Arrivals()
  readonly #unsettled = new Map<number, Row>()
  readonly #closed = new AbortController()
  #closing: Promise<void> | undefined
  #isWorking = false
  #unsettledBytes = 0
  #lastTag = 0
  /** The position up to which the session has everything. */
  #reached = 0

  constructor(source: SessionSource) {
    this.#source = source
  }

  get closed(): AbortSignal {
    return this.#closed.signal
  }

  begin(): void {
    this.#isWorking = true
    this.#arrivals.wake()
  }

  offer(row: Row, previousTail: number): void {
    const isNext = this.#reached >= previousTail && this.#reached < row.position
    if (this.#isWorking && isNext && this.#room > 0) this.#hold(row)
  }

  async take(limits: TakeLimits): Promise<Delivery[]> {
    while (this.#arrivals.isEmpty && !this.closed.aborted) {
      if (this.#isWorking && this.#room > 0 && this.#reached < this.#source.line.tail) await this.#load()
      else await this.#arrivals.changed()
    }
    return this.#arrivals.cut(limits)
  }

  async settle(deliveries: readonly Delivery[]): Promise<void> {
    const rows = deliveries.flatMap(({ tag }) => this.#release(tag) ?? [])
    for (const { body } of rows) this.#source.line.release(body.length)
    this.#source.writer.remove(rows)
    this.#arrivals.wake()
  }

  async bury(delivery: Delivery, reason: string): Promise<void> {
    const row = this.#unsettled.get(delivery.tag)
    if (!row) return
    await this.#source.bury(row, reason)
    this.#release(delivery.tag)
    this.#arrivals.wake()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#closed.abort()
    this.#arrivals.clear()
    this.#unsettled.clear()
    // The next session reads the table: what was settled must be gone from it.
    await this.#source.writer.flushed()
    this.#source.line.leave(this)
  }

  get #room(): number {
    return this.#unsettledBytes < MAX_UNSETTLED_BYTES ? MAX_UNSETTLED - this.#unsettled.size : 0
  }

  async #load(): Promise<void> {
    const { database, line, name, log } = this.#source
    const { tail } = line
    const limit = Math.min(this.#room, PAGE_ROWS)
    try {
      const rows = await database.read((handle) => readRows(handle, name, this.#reached, limit))
      if (this.closed.aborted) return
      for (const row of rows) this.#hold(row)
      if (rows.length < limit) this.#reached = Math.max(this.#reached, tail)
    } catch (error) {
      log.error({ err: error, queue: name }, 'a queue could not be read')
      await this.close()
    }
  }

  #hold(row: Row): void {
    this.#reached = row.position
    this.#lastTag += 1
    this.#unsettled.set(this.#lastTag, row)
    this.#unsettledBytes += row.body.length
    this.#arrivals.push({ body: row.body, messageId: row.messageId, tag: this.#lastTag })
  }

  /** Lets go of a message; resolves to it unless that was done before. */
  #release(tag: number): Row | undefined {
    const row = this.#unsettled.get(tag)
    this.#unsettled.delete(tag)
    this.#unsettledBytes -= row?.body.length ?? 0
    return row
  }
}
