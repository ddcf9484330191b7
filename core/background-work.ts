import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../lib/log.js'
import { Outage } from '../lib/outage.js'

/** Work that goes on by itself, a step at a time. */
export type Work = {
  /** What fails, as the log tells it. */
  name: string
  /** Does a step, if there is one; tells whether there was. It ends soon once the signal is aborted. */
  step(signal: AbortSignal): Promise<boolean>
}

/** Between two looks for something to do, in milliseconds. */
const IDLE_MS = 2_000

/** Does work step after step, apart from everything else, for as long as there is something to do; what fails is tried again. */
export class BackgroundWork {
  readonly #work: Work
  readonly #outage: Outage
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined

  constructor(work: Work, log: Log) {
    this.#work = work
    this.#outage = new Outage({ log, name: work.name })
  }

  /** Begins. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Ends; resolves when nothing is in hand. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      // Aborted: the loop ends.
      if (!(await this.#tryStep(signal))) await delay(IDLE_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async #tryStep(signal: AbortSignal): Promise<boolean> {
    try {
      const hasWorked = await this.#work.step(signal)
      this.#outage.ended()
      return hasWorked
    } catch (error) {
      if (!signal.aborted) this.#outage.failed(error)
      return false
    }
  }
}
