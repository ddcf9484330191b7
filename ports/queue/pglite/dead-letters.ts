import type { Database } from '../../database/database.js'
import type { PgliteLine } from './line.js'
import { readDead } from './table.js'
import type { PgliteWriter } from './writer.js'
import type { DeadLetter } from '../queue.js'

const PAGE_ROWS = 100

/** Hands dead letters out and removes them, one drain after the other, so that none is handed out twice. */
export class PgliteDeadLetters {
  readonly #database: Database
  readonly #writer: PgliteWriter
  readonly #line: PgliteLine
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: { database: Database; writer: PgliteWriter; line: PgliteLine }) {
    this.#database = options.database
    this.#writer = options.writer
    this.#line = options.line
  }

  /** As `Queue.drainDeadLetters`. */
  drain(visit: (letter: DeadLetter) => Promise<void>, limit: number): Promise<number> {
    const drained = this.#last.then(() => this.#drain(visit, limit))
    this.#last = drained.catch(() => undefined)
    return drained
  }

  async #drain(visit: (letter: DeadLetter) => Promise<void>, limit: number): Promise<number> {
    let removed = 0
    try {
      for await (const { position, ...letter } of this.#letters(limit)) {
        await visit(letter)
        this.#line.release(letter.body.length)
        this.#writer.remove([{ line: 'dead', position }])
        removed += 1
      }
      return removed
    } finally {
      await this.#writer.flushed()
    }
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
