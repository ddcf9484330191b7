import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Entry } from './pipeline/entry.js'

/** What the consumer counts. */
export class ConsumerMetrics {
  readonly #entries: Counter<'outcome'>
  readonly #batchSize: Histogram
  readonly #failures: Counter
  readonly #validatedAgain: Counter
  readonly #heldSince = new Map<string, { queue: string; work: string; since: number }>()
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
    this.#validatedAgain = new Counter({
      name: 'recado_consumer_validated_again_total',
      help: 'Batches that were validated again, because more than 2 s passed before they could be written.',
      registers,
    })
    this.#failures = new Counter({
      name: 'recado_consumer_held_total',
      help: 'Tries that ended in a passing fault.',
      registers,
    })
    const heldSince = this.#heldSince
    new Gauge({
      name: 'recado_consumer_held_seconds',
      help: 'How long work has been held by a passing fault, in seconds; only what is held now.',
      labelNames: ['queue', 'work'],
      registers,
      collect() {
        this.reset()
        for (const { queue, work, since } of heldSince.values())
          this.set({ queue, work }, (performance.now() - since) / 1_000)
      },
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
    const counts = { refused: 0, stored: 0, duplicate: 0 }
    for (const { event, attempt } of entries)
      counts[!event ? 'refused' : event.attempt === attempt ? 'stored' : 'duplicate'] += 1
    for (const [outcome, count] of Object.entries(counts))
      if (count > 0) this.#entries.inc({ outcome }, count)
  }

  /** A message went to the dead letters. */
  buried(): void {
    this.#entries.inc({ outcome: 'buried' })
  }

  /** A verdict grew too old before the write. */
  validatedAgain(): void {
    this.#validatedAgain.inc()
  }

  /** A try met a passing fault. */
  failed(): void {
    this.#failures.inc()
  }

  /** Work on a queue is held since then, in milliseconds of the monotonic clock; undefined: no longer. */
  holding(queue: string, work: string, since: number | undefined): void {
    const key = `${work} ${queue}`
    if (since === undefined) this.#heldSince.delete(key)
    else this.#heldSince.set(key, { queue, work, since })
  }

  /** Recent events were left out. */
  notRemembered(): void {
    this.#notRemembered.inc()
  }
}
