import { RecadoError } from '../../../lib/errors.js'
import type { Row } from './table.js'

/** What a line tells the session that works it. */
export type LineWorker = {
  /** It may begin: nobody else works the line any more. */
  begin(): void
  /** A message is in the table. `previousTail` is the position of the one before it. */
  offer(row: Row, previousTail: number): void
}

/** What is known, outside the table, of one queue: how far it is, how full, and who works it. */
export class PgliteLine {
  /** The position of the latest committed message; 0 before the first. */
  tail: number
  readonly #maxBytes: number
  readonly #workers: LineWorker[] = []
  #bytes: number

  constructor(maxBytes: number, end = { tail: 0, bytes: 0 }) {
    this.#maxBytes = maxBytes
    this.tail = end.tail
    this.#bytes = end.bytes
  }

  /** How many bytes there are beyond the bound: only where {@link hold} has put them. */
  get excess(): number {
    return this.#bytes - this.#maxBytes
  }

  /** Takes room for a message. @throws RecadoError `resource_exhausted` when there is none. */
  reserve(bytes: number): void {
    if (this.#bytes + bytes > this.#maxBytes) {
      throw new RecadoError('resource_exhausted', 'The queue is full. Send it again a little later.')
    }
    this.#bytes += bytes
  }

  /** Takes room for a message, be there any or not. */
  hold(bytes: number): void {
    this.#bytes += bytes
  }

  /** Gives the room of a message back. */
  release(bytes: number): void {
    this.#bytes -= bytes
  }

  /** The next message of this line is in the table. */
  committed(row: Row): void {
    const previousTail = this.tail
    this.tail = row.position
    this.#workers[0]?.offer(row, previousTail)
  }

  /** Takes a place behind those who work the line or wait for it. */
  join(worker: LineWorker): void {
    this.#workers.push(worker)
    if (this.#workers[0] === worker) worker.begin()
  }

  /** Gives the place up. */
  leave(worker: LineWorker): void {
    const index = this.#workers.indexOf(worker)
    if (index === -1) return
    this.#workers.splice(index, 1)
    if (index === 0) this.#workers[0]?.begin()
  }
}
