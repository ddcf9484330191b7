import type { Heads } from '../ports/heads/heads.js'
import type { History } from '../ports/history/history.js'
import type { QueueSession } from '../ports/queue/queue.js'
import type { Recent } from '../ports/recent/recent.js'
import type { Log } from '../lib/log.js'
import type { DeliveriesHub } from './deliveries/deliveries-hub.js'
import type { Batch, Entry } from './entry.js'
import type { ConsumerMetrics } from './metrics.js'
import type { Sequences } from './sequences.js'
import { deliver } from './steps/deliver.js'
import { raise } from './steps/raise.js'
import { remember } from './steps/remember.js'
import { store } from './steps/store.js'
import { validate, type Validator } from './steps/validate.js'

/** What the pipeline works with. */
export type PipelineDeps = {
  validator: Validator
  history: History
  heads: Heads
  recent: Recent
  hub: DeliveriesHub
  metrics: ConsumerMetrics
  log: Log
}

/** The pipeline of one partition's session: the way of a batch, a file per step. */
export class Pipeline {
  readonly #deps: PipelineDeps
  readonly #sequences: Sequences
  readonly #session: QueueSession

  constructor(deps: PipelineDeps, sequences: Sequences, session: QueueSession) {
    this.#deps = deps
    this.#sequences = sequences
    this.#session = session
  }

  /**
   * Takes entries all the way, in this order: validated, stored, head raised, remembered, delivered, settled. Each step may be done
   * again after a fault: what an entry already has is kept.
   */
  async run(entries: Entry[]): Promise<void> {
    const { validator, history, heads, hub } = this.#deps
    const batch: Batch = { entries, validatedAt: -Infinity }
    const deps = { sequences: this.#sequences, history, closed: this.#session.closed }
    do await validate(batch, validator, history)
    while (!(await store(batch, deps)))
    await raise(entries, heads)
    await this.#remember(entries)
    deliver(entries, hub)
    await this.#settle(entries)
    this.#deps.metrics.settled(entries)
  }

  /** What was refused and has no sender who hears of it goes to the dead letters; the rest is done with. */
  async #settle(entries: readonly Entry[]): Promise<void> {
    const isUnheard = ({ event, refusal, payload }: Entry) =>
      !event && refusal !== undefined && !payload.origin
    for (const { delivery, refusal } of entries.filter(isUnheard))
      await this.#session.bury(delivery, refusal?.reason ?? '')
    await this.#session.settle(entries.filter((entry) => !isUnheard(entry)).map(({ delivery }) => delivery))
  }

  /** A copy that fails is left out: readers go to the log instead. */
  async #remember(entries: Entry[]): Promise<void> {
    try {
      await remember(entries, this.#sequences, this.#deps.recent)
    } catch (error) {
      this.#deps.metrics.notRemembered()
      this.#deps.log.debug({ err: error }, 'recent events were not kept')
    }
  }
}
