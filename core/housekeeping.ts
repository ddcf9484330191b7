import type { Log } from '../lib/log.js'

const INTERVAL_MS = 60 * 60 * 1_000

/** Something to be done now and then. */
export type Chore = { name: string; run: () => Promise<void> }

/** Does chores at the start and every hour after it, one by one. What fails is logged and done again in an hour. */
export class Housekeeping {
  readonly #chores: readonly Chore[]
  readonly #log: Log
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> = Promise.resolve()

  constructor(chores: readonly Chore[], log: Log) {
    this.#chores = chores
    this.#log = log
  }

  /** Begins with the first round. */
  start(): void {
    this.#timer = setInterval(() => this.#begin(), INTERVAL_MS)
    this.#timer.unref()
    this.#begin()
  }

  /** Ends it; resolves when the round in hand is done. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#round
  }

  #begin(): void {
    this.#round = this.#round.then(() => this.#doRound())
  }

  async #doRound(): Promise<void> {
    for (const { name, run } of this.#chores) {
      try {
        await run()
      } catch (error) {
        this.#log.warn({ err: error, chore: name }, 'a chore failed')
      }
    }
  }
}
