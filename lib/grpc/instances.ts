import { Backoff } from '../backoff.js'

/** For tests. */
export type InstancesOptions = {
  /** Milliseconds on a monotonic clock. */
  now?: () => number
  /** As `Math.random`. */
  random?: () => number
}

/** How long one that did not answer is left alone, in milliseconds: twice as long each time in a row, up to the most. */
const LEFT_ALONE_MS = { firstMs: 2_000, maxMs: 30_000 }

type State = { backoff: Backoff; leftAloneUntil: number }

/**
 * Tells which of several instances of a service is asked next: they take turns, but for those that are away, and those that took a
 * question and did not answer, as a frozen process does whose connection looks well.
 */
export class Instances<T> {
  readonly #all: readonly T[]
  readonly #options: InstancesOptions
  readonly #now: () => number
  readonly #states = new Map<T, State>()
  #next = 0

  constructor(all: readonly T[], options: InstancesOptions = {}) {
    this.#all = all
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /**
   * The next one, another than `except` where there is one. Where none looks well, the one that has been left alone the longest.
   * `isAway` tells whether the connection to one is known to be down now.
   * @throws RangeError where there is none at all.
   */
  next(isAway: (instance: T) => boolean, except?: T): T {
    const turn = this.#next++
    const inTurn = this.#all.map((_, index) => this.#all[(turn + index) % this.#all.length] as T)
    const others = inTurn.length > 1 ? inTurn.filter((instance) => instance !== except) : inTurn
    const now = this.#now()
    const found =
      others.find((each) => this.#leftAloneUntil(each) <= now && !isAway(each)) ??
      [...others].sort((a, b) => this.#leftAloneUntil(a) - this.#leftAloneUntil(b))[0]
    if (found === undefined) throw new RangeError('there is no instance')
    return found
  }

  /** It has answered, whatever it said. */
  answered(instance: T): void {
    this.#states.delete(instance)
  }

  /** It did not answer. Of many questions that it had at once, the first counts. */
  failed(instance: T): void {
    const { random } = this.#options
    const now = this.#now()
    const state = this.#states.get(instance) ?? {
      backoff: new Backoff({ ...LEFT_ALONE_MS, ...(random && { random }) }),
      leftAloneUntil: 0,
    }
    if (state.leftAloneUntil > now) return
    this.#states.set(instance, { ...state, leftAloneUntil: now + state.backoff.next() })
  }

  #leftAloneUntil(instance: T): number {
    return this.#states.get(instance)?.leftAloneUntil ?? 0
  }
}
