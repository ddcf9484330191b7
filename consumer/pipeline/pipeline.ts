import type { Heads } from '../../ports/heads/heads.js'
import type { History } from '../../ports/history/history.js'
import type { Recent } from '../../ports/recent/recent.js'
import { RecadoError } from '../../lib/errors.js'
import type { Log } from '../../lib/log.js'
import { Outage } from '../../lib/outage.js'
import type { DeliveriesHub } from '../deliveries/deliveries-hub.js'
import { byOwner, isUnheard, type Entry } from './entry.js'
import type { ConsumerMetrics } from '../metrics.js'
import { apply } from './apply.js'
import { checkReplies } from './check-replies.js'
import { deliver } from './deliver.js'
import { notify, type Notifier } from './notify.js'
import { raise } from './raise.js'
import { MessageStates } from './message-states.js'
import { Crowd } from './repeats.js'
import { inOrder, Remembering } from './remember.js'
import { store } from './store.js'
import { isOverdue, validate, type VerdictSource } from './validate.js'

/** What the pipeline works with. */
export type PipelineDeps = {
  validator: VerdictSource
  notifier: Notifier
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
  readonly #remembering: Remembering
  readonly #slowness: Outage
  readonly #crowd = new Crowd()

  constructor(deps: PipelineDeps) {
    this.#deps = deps
    this.#remembering = new Remembering(deps)
    this.#slowness = new Outage({ log: deps.log, name: 'core (RECADO_CORE_URLS)' })
  }

  /**
   * Takes entries all the way, in this order: validated, stored, applied, head raised, remembered, delivered, noted for those to be
   * told, settled. Each step may be done again after a fault: what an entry already has is kept. Entries of a session that has ended
   * are left as they are: they come again to the partition's next owner. What was refused unheard is not settled: it is its
   * partition's to bury. `onStored` is called
   * when all is in the log.
   */
  async run(entries: readonly Entry[], onStored: () => void = () => undefined): Promise<void> {
    const { history, heads, hub, metrics, notifier } = this.#deps
    const states = new MessageStates(history)
    await this.validate(entries)
    while (!(await store(entries, { ...this.#deps, crowd: this.#crowd, states })))
      await this.validate(entries)
    onStored()
    const done = entries.filter(({ event, refusal }) => event ?? refusal)
    await apply(done, states)
    await raise(done, heads)
    const events = inOrder(done)
    await this.#remembering.add(done, events)
    deliver(done, events, hub)
    await notify(done, notifier)
    const heard = done.filter((entry) => !isUnheard(entry))
    await settle(heard)
    metrics.settled(heard)
  }

  /**
   * Asks core about those entries that it has not decided, or too long ago, and the log about what core could not find out. May be
   * called ahead of {@link run}, which then need not ask.
   */
  async validate(entries: readonly Entry[]): Promise<void> {
    if (entries.some(isOverdue)) this.#deps.metrics.validatedAgain()
    await validate(entries, this.#deps.validator)
    await checkReplies(entries, this.#deps.history)
    if (entries.some(({ isVerdictLate }) => isVerdictLate))
      this.#slowness.failed(
        new RecadoError('deadline_exceeded', 'It needs more than 2 s to validate a batch.'),
      )
    else this.#slowness.ended()
  }
}

/** Last of all, the queue is told what is done with. */
async function settle(entries: readonly Entry[]): Promise<void> {
  await Promise.all(
    [...byOwner(entries)].map(([{ session }, own]) => session.settle(own.map(({ delivery }) => delivery))),
  )
}
