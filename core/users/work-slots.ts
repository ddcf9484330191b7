import { RecadoError } from '../../lib/errors.js'

/** How much dear work may be under way. */
export type SlotLimits = {
  /** How many run at once. */
  maxRunning: number
  /** How many wait their turn, all callers together; beyond it `resource_exhausted`. */
  maxWaiting: number
  /** What the refused are told to wait, in milliseconds. */
  retryAfterMs: number
}

type Waiter = { begin: () => void; refuse: (error: RecadoError) => void }

/**
 * Lets a few pieces of work run at once while the others wait. Callers take turns, each with the oldest of its own, so who asks for
 * much waits for itself alone. When too many wait, whoever has the most loses its newest.
 */
export class WorkSlots {
  readonly #limits: SlotLimits
  /** What waits, by caller; the caller whose turn it is stands first, and none is without anything. */
  readonly #waiting = new Map<string, Waiter[]>()
  #waitingCount = 0
  #running = 0

  constructor(limits: SlotLimits) {
    this.#limits = limits
  }

  /**
   * Runs `work` when the caller's turn comes; `caller` is any key, such as an address.
   * @throws `resource_exhausted` when too many wait, and what `work` throws.
   */
  async run<T>(caller: string, work: () => Promise<T>): Promise<T> {
    await this.#enter(caller)
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  async #enter(caller: string): Promise<void> {
    if (this.#running < this.#limits.maxRunning) {
      this.#running++
      return
    }
    await new Promise<void>((begin, refuse) => {
      const waiters = this.#waiting.get(caller) ?? []
      waiters.push({ begin, refuse })
      this.#waiting.set(caller, waiters)
      this.#waitingCount++
      if (this.#waitingCount > this.#limits.maxWaiting) this.#refuseOne(caller)
    })
  }

  /** Hands the slot to the next in turn, so that nobody overtakes. */
  #leave(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#running--
      return
    }
    const [caller, waiters] = next
    const first = waiters.shift()
    this.#waiting.delete(caller)
    if (waiters.length > 0) this.#waiting.set(caller, waiters)
    this.#waitingCount--
    first?.begin()
  }

  /** Among those who have the most, the newcomer goes. */
  #refuseOne(newcomer: string): void {
    let [most, count] = [newcomer, this.#waiting.get(newcomer)?.length ?? 0]
    for (const [caller, waiters] of this.#waiting) {
      if (waiters.length > count) [most, count] = [caller, waiters.length]
    }
    const waiters = this.#waiting.get(most) ?? []
    waiters.pop()?.refuse(
      new RecadoError('resource_exhausted', 'Too many people sign in right now. Try again shortly.', {
        retryAfterMs: this.#limits.retryAfterMs,
        reason: 'TOO_MANY_SIGN_INS',
      }),
    )
    if (waiters.length === 0) this.#waiting.delete(most)
    this.#waitingCount--
  }
}
