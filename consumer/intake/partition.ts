import { setTimeout as sleep } from 'node:timers/promises'
import { ErrorCode } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { Delivery, Queue, QueueSession } from '../../ports/queue/queue.js'
import type { Entry, Ownership } from '../pipeline/entry.js'
import type { Batcher } from './batcher.js'
import type { Pipeline, PipelineDeps } from '../pipeline/pipeline.js'
import { Sequences } from '../pipeline/sequences.js'
import { deliver } from '../pipeline/deliver.js'
import { raise } from '../pipeline/raise.js'
import { read } from '../pipeline/read.js'
import { workQueue } from './work-queue.js'

/** The most that one partition has in hand. */
const BATCH_LIMITS = { maxItems: 500, maxBytes: 4 * 1024 * 1024 }
/** How often an entry that fails by itself is tried before it is buried. */
const TRIES_BEFORE_BURIAL = 5
const FIRST_BACKOFF_MS = 50
const MAX_BACKOFF_MS = 1_000

/** Faults that pass: the batch is held and tried again until they have, or until the session ends. */
const passingFaults = new Set(['unavailable', 'deadline_exceeded', 'resource_exhausted', 'aborted'])

/** What a partition works with. */
export type PartitionDeps = PipelineDeps & {
  /** Takes its entries along with those of the other partitions. */
  batcher: Batcher
  /** Takes an entry by itself, when a batch has failed. */
  pipeline: Pipeline
}

/** Works one partition for as long as this consumer runs: waits for its turn, then batch after batch. */
export class Partition {
  readonly #number: number
  readonly #queue: Queue
  readonly #deps: PartitionDeps

  constructor(number: number, queue: Queue, deps: PartitionDeps) {
    this.#number = number
    this.#queue = queue
    this.#deps = { ...deps, log: deps.log.child({ partition: number }) }
  }

  /** Runs until `signal` aborts; the batch in hand is finished before it resolves. */
  run(signal: AbortSignal): Promise<void> {
    const options = {
      queue: this.#queue,
      name: this.#number,
      limits: BATCH_LIMITS,
      signal,
      log: this.#deps.log,
    }
    return workQueue(options, (session) => {
      const owner = { session, sequences: new Sequences(this.#deps.heads, this.#deps.history) }
      return async (deliveries) => {
        const entries = await this.#read(deliveries, owner)
        if (entries.length > 0) await this.#runOrSplit(entries, session)
      }
    })
  }

  async #read(deliveries: readonly Delivery[], owner: Ownership): Promise<Entry[]> {
    const entries: Entry[] = []
    for (const delivery of deliveries) {
      try {
        entries.push({ ...read(delivery), owner })
      } catch (error) {
        await this.#bury(delivery, RecadoError.from(error).message, owner.session)
      }
    }
    return entries
  }

  async #runOrSplit(entries: Entry[], session: QueueSession): Promise<void> {
    const { batcher, pipeline } = this.#deps
    const fault = await this.#hold(() => batcher.submit(entries), session)
    if (!fault) return
    this.#deps.log.error(
      { err: fault, entries: entries.length },
      'a batch failed; its entries are tried one by one',
    )
    for (const entry of entries) {
      const entryFault = await this.#insist(() => pipeline.run([entry]), session)
      if (entryFault) await this.#refuse(entry, entryFault, session)
    }
  }

  /** Tries again while the fault is a passing one. Resolves with the first that is not. */
  async #hold(work: () => Promise<void>, session: QueueSession): Promise<RecadoError | undefined> {
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)) {
      try {
        await work()
        return undefined
      } catch (thrown) {
        session.closed.throwIfAborted()
        const error = RecadoError.from(thrown)
        if (!passingFaults.has(error.code)) return error
        this.#deps.metrics.held()
        this.#deps.log.warn({ err: error }, 'a batch is held until a fault has passed')
        await sleep(backoffMs, undefined, { signal: session.closed })
      }
    }
  }

  async #insist(work: () => Promise<void>, session: QueueSession): Promise<RecadoError | undefined> {
    for (let tries = 1; ; tries++) {
      const fault = await this.#hold(work, session)
      if (!fault || tries === TRIES_BEFORE_BURIAL) return fault
      await sleep(FIRST_BACKOFF_MS * 2 ** tries, undefined, { signal: session.closed })
    }
  }

  /** Buries an entry that can never be processed and tells its sender. */
  async #refuse(entry: Entry, fault: RecadoError, session: QueueSession): Promise<void> {
    await this.#bury(entry.delivery, `${fault.message} ${String(fault.cause ?? '')}`.trim(), session)
    if (entry.event) return
    entry.refusal = {
      code: ErrorCode.ERROR_CODE_FAILED_PRECONDITION,
      reason: 'The message could not be processed and was put aside.',
    }
    await this.#hold(() => raise([entry], this.#deps.heads), session)
    deliver([entry], this.#deps.hub)
  }

  async #bury(delivery: Delivery, reason: string, session: QueueSession): Promise<void> {
    this.#deps.log.error({ reason }, 'a message is buried')
    const fault = await this.#hold(() => session.bury(delivery, reason), session)
    if (fault) throw fault
    this.#deps.metrics.buried()
  }
}
