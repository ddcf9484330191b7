import { RecadoError } from '../../lib/errors.js'
import type { Entry } from '../pipeline/entry.js'

/** The most that travels in one batch, of all partitions together; one partition's share may be all of it. */
const MAX_ENTRIES = 1_000
const MAX_BYTES = 8 * 1024 * 1024

/** Takes a batch all the way; calls `onStored` when it is in the log. */
export type RunBatch = (entries: readonly Entry[], onStored: () => void) => Promise<void>

/** What one partition has in hand: one share at a time, so that one write of it is in flight. */
type Share = {
  entries: readonly Entry[]
  bytes: number
  onStored(): void
  resolve(): void
  reject(error: unknown): void
}

/**
 * Makes one batch of what the partitions of this consumer have in hand: what has come while the last batch was being written is the
 * next one. The cost of a batch is about the same whatever it holds, so together they cost what one does alone.
 */
export class Batcher {
  readonly #run: RunBatch
  #waiting: Share[] = []
  #isRunning = false
  #size = 0

  constructor(run: RunBatch) {
    this.#run = run
  }

  /** How many entries the batch has that is under way. */
  get size(): number {
    return this.#size
  }

  /**
   * Takes one partition's entries all the way, in the next batch; calls `onStored` when that is in the log. Rejects when that batch
   * fails, whoever's entry was the reason, and when the partition's session has ended: then nothing
   * more may be done for it.
   */
  submit(entries: readonly Entry[], onStored: () => void = () => undefined): Promise<void> {
    const bytes = entries.reduce((sum, { delivery }) => sum + delivery.body.length, 0)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, bytes, onStored, resolve, reject })
      if (!this.#isRunning) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#isRunning = true
    do {
      // One turn of the loop later, so that what several partitions hand in now, also those just done with, travels together.
      await new Promise(setImmediate)
      await this.#runNext(this.#next())
    } while (this.#waiting.length > 0)
    this.#isRunning = false
  }

  #next(): Share[] {
    let [entries, bytes, count] = [0, 0, 0]
    for (const share of this.#waiting) {
      entries += share.entries.length
      bytes += share.bytes
      if (count > 0 && (entries > MAX_ENTRIES || bytes > MAX_BYTES)) break
      count += 1
    }
    return this.#waiting.splice(0, count)
  }

  async #runNext(shares: readonly Share[]): Promise<void> {
    try {
      const onStored = () => shares.forEach((share) => share.onStored())
      const entries = shares.flatMap((share) => share.entries)
      this.#size = entries.length
      await this.#run(entries, onStored)
      for (const share of shares) finish(share)
    } catch (error) {
      for (const { reject } of shares) reject(error)
    } finally {
      this.#size = 0
    }
  }
}

function finish({ entries, resolve, reject }: Share): void {
  const hasEnded = entries.some(({ owner }) => owner.session.closed.aborted)
  if (hasEnded) reject(new RecadoError('unavailable', 'The partition is no longer worked here.'))
  else resolve()
}
