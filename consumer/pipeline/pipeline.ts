import type { Heads } from '../../ports/heads/heads.js'
import type { History } from '../../ports/history/history.js'
import type { Recent } from '../../ports/recent/recent.js'
import type { Log } from '../../lib/log.js'
import type { DeliveriesHub } from '../deliveries/deliveries-hub.js'
import { byOwner, isUnheard, type Batch, type Entry } from './entry.js'
import type { ConsumerMetrics } from '../metrics.js'
import { deliver } from './deliver.js'
import { raise } from './raise.js'
import { remember } from './remember.js'
import { store } from './store.js'
import { validate, type Validator } from './validate.js'

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

/** The way of a batch, a file per step. */
export class Pipeline {
  readonly #deps: PipelineDeps

  constructor(deps: PipelineDeps) {
    this.#deps = deps
  }

  /**
   * Takes entries all the way, in this order: validated, stored, head raised, remembered, delivered, settled. Each step may be done
   * again after a fault: what an entry already has is kept. Entries of a session that has ended are left as they are: they come
   * again to the partition's next owner. What was refused unheard is not settled: it is its partition's to bury.
   */
  async run(entries: readonly Entry[]): Promise<void> {
    const { validator, history, heads, hub, metrics } = this.#deps
    const batch: Batch = { entries, validatedAt: -Infinity }
    do await validate(batch, validator, history)
    while (!(await store(batch, history)))
    const done = entries.filter(({ event, refusal }) => event ?? refusal)
    await raise(done, heads)
    // Readers go to the log for what the copy lacks, so nobody need wait for it.
    const remembered = this.#remember(done)
    deliver(done, hub)
    const heard = done.filter((entry) => !isUnheard(entry))
    await settle(heard)
    await remembered
    metrics.settled(heard)
  }

  /** A copy that fails is left out: readers go to the log instead. */
  async #remember(entries: readonly Entry[]): Promise<void> {
    try {
      await remember(entries, this.#deps.recent)
    } catch (error) {
      this.#deps.metrics.notRemembered()
      this.#deps.log.debug({ err: error }, 'recent events were not kept')
    }
  }
}

/** Last of all, the queue is told what is done with. */
async function settle(entries: readonly Entry[]): Promise<void> {
  await Promise.all(
    [...byOwner(entries)].map(([{ session }, own]) => session.settle(own.map(({ delivery }) => delivery))),
  )
}
