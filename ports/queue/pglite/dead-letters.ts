import type { Log } from '../../../lib/log.js'
import type { Database } from '../../database/database.js'
import type { PgliteLine } from './line.js'
import { readDead, removeDead, removeOldestDead } from './table.js'
import type { DeadLetter } from '../queue.js'

const PAGE_ROWS = 100

/**
 * Hands dead letters out and removes them, one drain after the other, so that none is handed out twice. When they have no room left the
 * oldest are removed, also while a drain is under way.
 */
export class PgliteDeadLetters {
  readonly #database: Database
  readonly #log: Log
  readonly #line: PgliteLine
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: { database: Database; line: PgliteLine; log: Log }) {
    this.#database = options.database
    this.#line = options.line
    this.#log = options.log
  }

  /** A message of so many bytes has become a dead letter; the oldest make room for it. */
  async buried(bytes: number): Promise<void> {
    this.#line.hold(bytes)
    try {
      while (this.#line.excess > 0) await this.#dropOldest()
    } catch (error) {
      this.#log.warn({ err: error }, 'the dead letters are full, and the oldest could not be dropped')
    }
  }

  /** As `Queue.drainDeadLetters`. */
  drain(visit: (letter: DeadLetter) => Promise<void>, limit: number): Promise<number> {
    const drained = this.#last.then(() => this.#drain(visit, limit))
    this.#last = drained.catch(() => undefined)
    return drained
  }

  async #drain(visit: (letter: DeadLetter) => Promise<void>, limit: number): Promise<number> {
    let removed = 0
    for await (const { position, ...letter } of this.#letters(limit)) {
      await visit(letter)
      this.#line.release(await this.#database.read((handle) => removeDead(handle, position)))
      removed += 1
    }
    return removed
  }

  async #dropOldest(): Promise<void> {
    const sizes = await this.#database.read((handle) => removeOldestDead(handle, this.#line.excess))
    this.#line.release(sizes.reduce((sum, bytes) => sum + bytes, 0))
    this.#log.warn({ missing: sizes.length }, 'the dead letters are full: the oldest are dropped')
  }

  async *#letters(limit: number) {
    let after = 0
    for (let left = limit; left > 0;) {
      const page = await this.#database.read((handle) => readDead(handle, after, Math.min(left, PAGE_ROWS)))
      if (page.length === 0) return
      yield* page
      after = page.at(-1)?.position ?? after
      left -= page.length
    }
  }
}
