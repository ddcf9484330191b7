import { isOwnFault } from '../../contract/faults.js'
import type { BackoffOptions } from '../../lib/backoff.js'
import { ErrorCode } from '../../gen/recado/v1/types.js'
import { deliver } from '../pipeline/deliver.js'
import { isUnheard, type Entry } from '../pipeline/entry.js'
import type { Pipeline, PipelineDeps } from '../pipeline/pipeline.js'
import { raise } from '../pipeline/raise.js'
import { adoptStored } from '../pipeline/repeats.js'
import type { Batcher } from './batcher.js'
import { toReason, type Undertaker } from './undertaker.js'
import { Holder } from './holder.js'

/** What a partition works with. */
export type PartitionDeps = PipelineDeps & {
  /** Takes its entries along with those of the other partitions. */
  batcher: Batcher
  /** Takes its entries by themselves, when a batch has failed. */
  pipeline: Pipeline
  /** How waits grow while work is held; for tests. */
  backoff?: BackoffOptions
}

/** What a completion works with. */
export type CompletionOptions = PartitionDeps & {
  /** The partition's number. */
  queue: string
  /** Ends the tries: we stop, or another owner has the partition. */
  signal: AbortSignal
  undertaker: Undertaker
}

/** Takes a session's entries all the way, whatever it takes: holds them while a fault passes, finds the one at fault, buries it. */
export class Completion {
  readonly #deps: CompletionOptions
  readonly #signal: AbortSignal
  readonly #holder: Holder

  constructor(options: CompletionOptions) {
    this.#deps = options
    this.#signal = options.signal
    this.#holder = new Holder({ ...options, work: 'store' })
  }

  /**
   * Resolves once each entry is done with, or waits for its burial; `onStored` is called when a batch with all of them is in the log.
   * @throws when the signal aborts before that: what is not settled comes again.
   */
  async complete(entries: readonly Entry[], onStored: () => void): Promise<void> {
    const fault = await this.#attempt(() => this.#deps.batcher.submit(entries, onStored))
    if (fault === undefined) return this.#buryUnheard(entries)
    this.#deps.log.error({ err: fault, entries: entries.length }, 'a batch failed; its parts are tried apart')
    await this.#runApart(entries)
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
    deliver([entry], [], hub)
    await this.#deps.undertaker.add(entry.delivery, toReason(fault))
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
      await this.#deps.undertaker.add(delivery, refusal?.message ?? '')
  }
}
