import { RecadoError } from '../../../lib/errors.js'
import type { Log } from '../../../lib/log.js'
import type { Database } from '../../database/database.js'
import { buryRow, changeRows, type Burial, type Place, type Row } from './table.js'

/** One transaction inserts no more than this; the rest is for the next one. */
const MAX_BATCH_ROWS = 2_000
const MAX_BATCH_BYTES = 8 * 1024 * 1024

/** Hears what became of a write. */
export type Outcome = { onDone: () => void; onFailed: (error: RecadoError) => void }

type Insert = Row & Outcome
type Batch = { inserts: Insert[]; burials: (Burial & Outcome)[]; removals: Place[]; waiters: (() => void)[] }

/**
 * Writes in natural batches: what is asked for while a transaction runs goes into the next one. Nothing waits for a timer.
 */
export class PgliteWriter {
  readonly #database: Database
  readonly #log: Log
  #inserts: Insert[] = []
  #burials: (Burial & Outcome)[] = []
  #removals: Place[] = []
  #waiters: (() => void)[] = []
  #running: Promise<void> | undefined

  constructor(database: Database, log: Log) {
    this.#database = database
    this.#log = log
  }

  /** Adds a message. Outcomes come after the commit, in the order of the calls. */
  insert(row: Insert): void {
    this.#inserts.push(row)
    this.#start()
  }

  /** Turns a message into a dead letter. */
  bury(burial: Burial & Outcome): void {
    this.#burials.push(burial)
    this.#start()
  }

  /** Removes messages. What cannot be written is left out and comes again when its queue is next opened. */
  remove(places: readonly Place[]): void {
    for (const place of places) this.#removals.push(place)
    this.#start()
  }

  /** Resolves when what has been removed so far is written, or has failed. */
  flushed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve)
      this.#start()
    })
  }

  /** Resolves when there is nothing left to write. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  get #isEmpty(): boolean {
    return this.#inserts.length + this.#burials.length + this.#removals.length + this.#waiters.length === 0
  }

  #start(): void {
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    // What is asked for in the same turn of the event loop is one batch.
    await Promise.resolve()
    while (!this.#isEmpty) await this.#write(this.#nextBatch())
    this.#running = undefined
  }

  #nextBatch(): Batch {
    const batch = {
      inserts: this.#inserts.splice(0, insertsThatFit(this.#inserts)),
      burials: this.#burials,
      removals: this.#removals,
      waiters: this.#waiters,
    }
    this.#burials = []
    this.#removals = []
    this.#waiters = []
    return batch
  }

  async #write(batch: Batch): Promise<void> {
    const asked = [...batch.inserts, ...batch.burials]
    try {
      await writeBatch(this.#database, batch)
      for (const { onDone } of asked) onDone()
    } catch (cause) {
      this.#log.error(
        { err: cause, messages: asked.length, removals: batch.removals.length },
        'the queue could not be written',
      )
      const error = RecadoError.from(cause)
      for (const { onFailed } of asked) onFailed(error)
    }
    for (const resolve of batch.waiters) resolve()
  }
}

function insertsThatFit(inserts: readonly Insert[]): number {
  let bytes = 0
  const end = inserts.findIndex(({ body }, index) => {
    bytes += body.length
    return index >= MAX_BATCH_ROWS || (index > 0 && bytes > MAX_BATCH_BYTES)
  })
  return end === -1 ? inserts.length : end
}

async function writeBatch(database: Database, { inserts, burials, removals }: Batch): Promise<void> {
  const isChange = inserts.length + removals.length > 0
  // A statement is a transaction of its own. In PGlite a larger one costs twice as much: each of its round trips changes threads.
  if (isChange && burials.length === 0)
    return database.read((handle) => changeRows(handle, inserts, removals))
  if (burials.length === 0) return
  await database.write(async (handle) => {
    for (const burial of burials) await buryRow(handle, burial)
    if (isChange) await changeRows(handle, inserts, removals)
  })
}
