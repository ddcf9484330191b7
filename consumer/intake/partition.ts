import { orAborted } from '../../lib/abort.js'
import type { Delivery, Queue, QueueSession } from '../../ports/queue/queue.js'
import type { Entry, Ownership } from '../pipeline/entry.js'
import { read } from '../pipeline/read.js'
import { Sequences } from '../pipeline/sequences.js'
import { Undertaker, toReason } from './undertaker.js'
import { Completion, type PartitionDeps } from './completion.js'
import { workQueue, type SessionWork } from './work-queue.js'

/** The most that one partition has in hand. */
const BATCH_LIMITS = { maxItems: 500, maxBytes: 4 * 1024 * 1024 }

/**
 * While a batch with fewer entries is under way, the next share is validated. Beside a larger one the shares of all partitions are
 * validated together, once it is done with: that costs less, and makes the next batch as large.
 */
const AHEAD_OF = 32

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

/**
 * The work on a partition for as long as one session lasts. While one share is written, the next is read, and validated where that
 * saves time: only the write must wait.
 */
class PartitionWork implements SessionWork {
  readonly #deps: PartitionDeps
  readonly #owner: Ownership
  readonly #signal: AbortSignal
  readonly #undertaker: Undertaker
  readonly #completion: Completion
  #handling: Promise<void> = Promise.resolve()
  /** What waits for its write. */
  #ready: Entry[] = []
  #readyBytes = 0
  #writing: Promise<void> | undefined
  /** When what is written now is in the log, and when it is done with. */
  #stored: Promise<void> = Promise.resolve()
  #completed: Promise<void> = Promise.resolve()

  constructor(queue: string, session: QueueSession, stopping: AbortSignal, deps: PartitionDeps) {
    const signal = AbortSignal.any([session.closed, stopping])
    const options = { ...deps, queue, session, signal }
    this.#deps = deps
    this.#owner = { session, sequences: new Sequences(deps.heads, deps.history) }
    this.#signal = signal
    this.#undertaker = new Undertaker(options)
    this.#completion = new Completion({ ...options, undertaker: this.#undertaker })
  }

  handle(deliveries: readonly Delivery[]): Promise<void> {
    const handling = this.#handle(deliveries)
    this.#handling = handling.catch(() => undefined)
    return handling
  }

  async finish(): Promise<void> {
    await this.#handling
    await this.#writing
    await this.#undertaker.done()
  }

  async #handle(deliveries: readonly Delivery[]): Promise<void> {
    const entries = await this.#read(deliveries)
    if (entries.length === 0) return
    // What finds no write in progress is asked about with the batch that it joins, so that a quiet consumer asks once.
    if (this.#writing && this.#deps.batcher.size < AHEAD_OF) await this.#validateAhead(entries)
    this.#signal.throwIfAborted()
    this.#ready.push(...entries)
    this.#readyBytes += entries.reduce((sum, { delivery }) => sum + delivery.body.length, 0)
    this.#writing ??= this.#writeAll()
    // While something waits for its write, what comes next is better asked about together: once this write is in the log.
    if (this.#ready.length > 0) await this.#stored
    while (this.#isFull && !this.#signal.aborted) await this.#completed
  }

  get #isFull(): boolean {
    return this.#ready.length >= BATCH_LIMITS.maxItems || this.#readyBytes >= BATCH_LIMITS.maxBytes
  }

  async #read(deliveries: readonly Delivery[]): Promise<Entry[]> {
    const entries: Entry[] = []
    for (const delivery of deliveries) {
      try {
        entries.push(Object.assign(read(delivery), { owner: this.#owner }))
      } catch (fault) {
        // Reading asks nobody, so whatever stops it is the message's own.
        await this.#undertaker.add(delivery, toReason(fault))
      }
    }
    return entries
  }

  /** What fails here is asked again, and held, when the write comes to it. */
  async #validateAhead(entries: readonly Entry[]): Promise<void> {
    await orAborted(this.#deps.pipeline.validate(entries), this.#signal).catch(() => undefined)
  }

  /** Writes what is ready, share after share. When that must end, the session does: what is unsettled comes again. */
  async #writeAll(): Promise<void> {
    try {
      while (this.#ready.length > 0 && !this.#signal.aborted) await this.#writeShare()
    } catch (error) {
      if (!this.#signal.aborted) this.#deps.log.error({ err: error }, 'a share could not be completed')
      void this.#owner.session.close()
    } finally {
      this.#writing = undefined
    }
  }

  async #writeShare(): Promise<void> {
    const entries = this.#ready
    this.#ready = []
    this.#readyBytes = 0
    let onStored = () => {}
    this.#stored = new Promise((resolve) => (onStored = resolve))
    this.#completed = this.#completion.complete(entries, onStored).finally(onStored)
    await this.#completed
  }
}
