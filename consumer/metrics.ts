import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Entry } from './pipeline/entry.js'

/** What the consumer counts. */
export class ConsumerMetrics {
  readonly #entries: Counter<'outcome'>
  readonly #batchSize: Histogram
  readonly #held: Counter
  readonly #notRemembered: Counter

  /** `streams` tells how many streams of deliveries are open now. */
  constructor(registry: Registry, streams: () => number) {
    const registers = [registry]
    this.#entries = new Counter({
      name: 'recado_consumer_messages_total',
      help: 'Messages taken from the queue, by what became of them.',
      labelNames: ['outcome'],
      registers,
    })
    this.#batchSize = new Histogram({
      name: 'recado_consumer_batch_messages',
      help: 'Messages in a batch.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
      registers,
    })
    this.#held = new Counter({
      name: 'recado_consumer_held_total',
      help: 'Tries of a batch that ended in a passing fault.',
      registers,
    })
    this.#notRemembered = new Counter({
      name: 'recado_consumer_recent_failures_total',
      help: 'Batches that were not added to the recent events.',
      registers,
    })
    new Gauge({
      name: 'recado_consumer_delivery_streams',
      help: 'Open streams of deliveries.',
      registers,
      collect() {
        this.set(streams())
      },
    })
  }

  /** A batch went all the way. */
  settled(entries: readonly Entry[]): void {
    this.#batchSize.observe(entries.length)
    for (const { event, attempt } of entries) {
      this.#entries.inc({ outcome: !event ? 'refused' : event.attempt === attempt ? 'stored' : 'duplicate' })
    }
  }

  /** A message went to the dead letters. */
  buried(): void {
    this.#entries.inc({ outcome: 'buried' })
  }

  /** A batch met a passing fault. */
  held(): void {
    this.#held.inc()
  }

  /** Recent events were left out. */
  notRemembered(): void {
    this.#notRemembered.inc()
  }
}
