import type { Log } from '../../../lib/log.js'

/** How often it is looked at most, in milliseconds. */
const BETWEEN_LOOKS_MS = 1_000

/** What a watch works with. */
export type DeadLetterWatchOptions = {
  /** How many dead letters the broker holds now. */
  count: () => Promise<number>
  log: Log
  /** Milliseconds on a monotonic clock; for tests. */
  now?: () => number
}

/**
 * Says when dead letters are lost to new ones: the broker drops the oldest of a full queue and tells nobody, so they are counted
 * behind the burials of this process.
 */
export class DeadLetterWatch {
  readonly #options: DeadLetterWatchOptions
  readonly #now: () => number
  /** How many there must be at least; undefined before the first look. */
  #expected: number | undefined
  /** How many there were at the last look. */
  #counted = 0
  #lookedAt = -Infinity

  constructor(options: DeadLetterWatchOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** One more is there. */
  buried(): void {
    if (this.#expected !== undefined) this.#expected += 1
    if (this.#now() - this.#lookedAt < BETWEEN_LOOKS_MS) return
    this.#lookedAt = this.#now()
    // A look that fails is made up for by the next.
    void this.#look().catch(() => undefined)
  }

  /** So many were taken out here: nothing is known any more. */
  drained(): void {
    this.#expected = undefined
  }

  async #look(): Promise<void> {
    const expected = this.#expected
    const letters = await this.#options.count()
    const missing = expected === undefined ? 0 : expected - letters
    const before = this.#counted
    this.#counted = letters
    // What was buried while the answer was on its way may be in it or not.
    this.#expected = letters
    // A full queue keeps about as many as it had, however many come; whoever drains it elsewhere leaves few.
    if (missing > 0 && letters > before / 2)
      this.#options.log.warn({ missing, letters }, 'the dead letters are full: the oldest are dropped')
  }
}
