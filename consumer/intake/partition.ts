import { isOwnFault } from '../../contract/faults.js'
import type { BackoffOptions } from '../../lib/backoff.js'
import { ErrorCode } from '../../gen/recado/v1/types.js'
import type { Delivery, Queue, QueueSession } from '../../ports/queue/queue.js'
import { isUnheard, type Entry, type Ownership } from '../pipeline/entry.js'
import { deliver } from '../pipeline/deliver.js'
import type { Pipeline, PipelineDeps } from '../pipeline/pipeline.js'
import { raise } from '../pipeline/raise.js'
import { read } from '../pipeline/read.js'
import { adoptStored } from '../pipeline/repeats.js'
import { Sequences } from '../pipeline/sequences.js'
import type { Batcher } from './batcher.js'
import { Burial, toReason } from './burial.js'
import { Holder } from './holder.js'
import { workQueue, type SessionWork } from './work-queue.js'

/** The most that one partition has in hand. */
const BATCH_LIMITS = { maxItems: 500, maxBytes: 4 * 1024 * 1024 }

/** What a partition works with. */
export type PartitionDeps = PipelineDeps & {
  /** Takes its entries along with those of the other partitions. */
  batcher: Batcher
  /** Takes its entries by themselves, when a batch has failed. */
  pipeline: Pipeline
  /** How waits grow while work is held; for tests. */
  backoff?: BackoffOptions
}

/** Works one partition until `signal` aborts: waits for its turn, then batch after batch. */
export function workPartition(
  number: number,
  queue: Queue,
  signal: AbortSignal,
  deps: PartitionDeps,
): Promise<void> {
  const log = deps.log.child({ partition: number })
  return workQueue(
    { queue, name: number, limits: BATCH_LIMITS, signal, log },
    (session) => new PartitionWork(String(number), session, signal, { ...deps, log }),
  )
}

/** The work on a partition for as long as one session lasts. */
class PartitionWork implements SessionWork {
  readonly #deps: PartitionDeps
  readonly #owner: Ownership
  /** Ends the tries: we stop, or another owner has the partition. */
  readonly #signal: AbortSignal
  readonly #holder: Holder
  readonly #burial: Burial
  #inHand: Promise<void> = Promise.resolve()

  constructor(queue: string, session: QueueSession, stopping: AbortSignal, deps: PartitionDeps) {
    this.#deps = deps
    this.#owner = { session, sequences: new Sequences(deps.heads, deps.history) }
    this.#signal = AbortSignal.any([session.closed, stopping])
    this.#holder = new Holder({ ...deps, queue, work: 'store' })
    this.#burial = new Burial({ ...deps, queue, session, signal: this.#signal })
  }

  handle(deliveries: readonly Delivery[]): Promise<void> {
    const handling = this.#handle(deliveries)
    this.#inHand = handling.catch(() => undefined)
    return handling
  }

  async finish(): Promise<void> {
    await this.#inHand
    await this.#burial.done()
  }

  async #handle(deliveries: readonly Delivery[]): Promise<void> {
    const entries = await this.#read(deliveries)
    if (entries.length === 0) return
    const fault = await this.#attempt(() => this.#deps.batcher.submit(entries))
    if (fault === undefined) return this.#buryUnheard(entries)
    this.#deps.log.error({ err: fault, entries: entries.length }, 'a batch failed; its parts are tried apart')
    await this.#runApart(entries)
  }

  async #read(deliveries: readonly Delivery[]): Promise<Entry[]> {
    const entries: Entry[] = []
    for (const delivery of deliveries) {
      try {
        entries.push({ ...read(delivery), owner: this.#owner })
      } catch (fault) {
        // Reading asks nobody, so whatever stops it is the message's own.
        await this.#burial.add(delivery, toReason(fault))
      }
    }
    return entries
  }

  /** Takes entries all the way without those of other partitions, in halves where they fail, until whoever is at fault is alone. */
  async #runApart(entries: readonly Entry[]): Promise<void> {
    const fault = await this.#attempt(() => this.#deps.pipeline.run(entries))
    if (fault === undefined) return this.#buryUnheard(entries)
    const [only, second] = entries
    if (only && !second) return this.#putAside(only, fault)
    const half = Math.ceil(entries.length / 2)
    await this.#runApart(entries.slice(0, half))
    await this.#runApart(entries.slice(half))
  }

  /** Holds the work while its fault passes. Resolves with a fault of an entry's own. */
  async #attempt(work: () => Promise<void>): Promise<unknown> {
    try {
      await this.#holder.untilDone(work, this.#signal)
      return undefined
    } catch (fault) {
      if (!isOwnFault(fault) || this.#signal.aborted) throw fault
      return fault
    }
  }

  /** Buries an entry that can never be processed and tells its sender. What is in the log already takes every other step, however long. */
  async #putAside(entry: Entry, fault: unknown): Promise<void> {
    const { pipeline, heads, hub } = this.#deps
    if (await this.#isInLog(entry)) {
      return this.#holder.untilDone(
        () => pipeline.run([entry]),
        this.#signal,
        () => false,
      )
    }
    entry.refusal = {
      code: ErrorCode.ERROR_CODE_FAILED_PRECONDITION,
      reason: 'UNPROCESSABLE',
      message: 'The message could not be processed and was put aside.',
    }
    await this.#attempt(() => raise([entry], heads))
    deliver([entry], hub)
    await this.#burial.add(entry.delivery, toReason(fault))
  }

  async #isInLog(entry: Entry): Promise<boolean> {
    if (entry.event) return true
    await this.#attempt(async () => {
      await adoptStored([entry], this.#deps.history)
    })
    return entry.event !== undefined
  }

  async #buryUnheard(entries: readonly Entry[]): Promise<void> {
    for (const { delivery, refusal } of entries.filter(isUnheard))
      await this.#burial.add(delivery, refusal?.message ?? '')
  }
}
