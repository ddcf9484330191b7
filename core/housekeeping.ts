import type { Log } from '../lib/log.js'

/** Something to be done now and then. It ends soon once the signal is aborted. */
export type Chore = { name: string; everyMs: number; run: (signal: AbortSignal) => Promise<void> }

/**
 * Does chores at the start and now and then after it, one at a time. What fails is logged and done again when it is due next.
 */
export class Housekeeping {
  readonly #chores: readonly Chore[]
  readonly #log: Log
  readonly #stopping = new AbortController()
  #timers: NodeJS.Timeout[] = []
  #inHand: Promise<void> = Promise.resolve()

  constructor(chores: readonly Chore[], log: Log) {
    this.#chores = chores
    this.#log = log
  }

  /** Begins with every chore once. */
  start(): void {
    for (const chore of this.#chores) {
      this.#timers.push(setInterval(() => this.#queue(chore), chore.everyMs).unref())
      this.#queue(chore)
    }
  }

  /** Ends it; resolves when the chore in hand is done. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#stopping.abort()
    await this.#inHand
  }

  #queue(chore: Chore): void {
    this.#inHand = this.#inHand.then(() => this.#do(chore))
  }

  async #do({ name, run }: Chore): Promise<void> {
    const { signal } = this.#stopping
    if (signal.aborted) return
    try {
      await run(signal)
    } catch (error) {
      this.#log.warn({ err: error, chore: name }, 'a chore failed')
    }
  }
}

/** Repeats a step that does at most `limit` at once, until it finds fewer or the signal is aborted. */
export async function untilFewer(
  limit: number,
  signal: AbortSignal,
  step: () => Promise<number>,
): Promise<void> {
  while (!signal.aborted && (await step()) >= limit);
}
