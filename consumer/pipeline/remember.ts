import { encodeEvents, type EncodedEvent } from '../../contract/events.js'
import type { Event } from '../../gen/recado/v1/types.js'
import type { Log } from '../../lib/log.js'
import { Outage } from '../../lib/outage.js'
import type { Recent, RecentRun } from '../../ports/recent/recent.js'
import type { ConsumerMetrics } from '../metrics.js'
import type { Entry } from './entry.js'

/** How many events may wait for the write before theirs; beyond it they are left out. */
const MAX_WAITING_EVENTS = 2_000

/**
 * Adds what was stored to the copy of recent events, beside everything else: readers go to the log for what the copy lacks, so nobody
 * waits for it. One write at a time, so that each channel keeps its order.
 */
export class Remembering {
  readonly #recent: Recent
  readonly #metrics: ConsumerMetrics
  readonly #outage: Outage
  #waiting: RecentRun[] = []
  #waitingEvents = 0
  #isWriting = false

  constructor({ recent, metrics, log }: { recent: Recent; metrics: ConsumerMetrics; log: Log }) {
    this.#recent = recent
    this.#metrics = metrics
    this.#outage = new Outage({ log, name: 'recent events (REDIS_URL)' })
  }

  /** Adds the events of these entries, which are given in order, or leaves them out; never waits. */
  add(entries: readonly Entry[], ordered: readonly EncodedEvent[]): void {
    const epochs = new Map(
      entries.map(({ owner, payload: { channelId } }) => [channelId, owner.sequences.epoch(channelId)]),
    )
    const runs = toRuns(ordered, epochs)
    const events = runs.reduce((sum, run) => sum + run.events.length, 0)
    if (events === 0) return
    if (this.#waitingEvents > 0 && this.#waitingEvents + events > MAX_WAITING_EVENTS) {
      this.#metrics.notRemembered()
      return
    }
    this.#waiting.push(...runs)
    this.#waitingEvents += events
    if (!this.#isWriting) void this.#write()
  }

  async #write(): Promise<void> {
    this.#isWriting = true
    while (this.#waiting.length > 0) {
      const runs = this.#waiting
      this.#waiting = []
      this.#waitingEvents = 0
      try {
        await this.#recent.append(runs)
        this.#outage.ended()
      } catch (error) {
        this.#metrics.notRemembered()
        this.#outage.failed(error)
      }
    }
    this.#isWriting = false
  }
}

/** The events of a batch, each once, in the order of each channel, encoded for all who get them. */
export function inOrder(entries: readonly Entry[]): EncodedEvent[] {
  const events = new Map<string, Event>()
  for (const { event } of entries) if (event) events.set(event.id, event)
  return encodeEvents(
    [...events.values()].sort((a, b) =>
      a.channelId === b.channelId ? a.seq - b.seq : a.channelId < b.channelId ? -1 : 1,
    ),
  )
}

function toRuns(
  ordered: readonly EncodedEvent[],
  epochs: ReadonlyMap<string, string | undefined>,
): RecentRun[] {
  const runs: { channelId: string; epoch: string; events: Event[]; encoded: Uint8Array[] }[] = []
  for (const { event, bytes } of ordered) {
    const last = runs.at(-1)
    const previous = last?.events.at(-1)
    if (last && previous && last.channelId === event.channelId && previous.seq + 1 === event.seq) {
      last.events.push(event)
      last.encoded.push(bytes)
      continue
    }
    const epoch = epochs.get(event.channelId)
    if (epoch !== undefined)
      runs.push({ channelId: event.channelId, epoch, events: [event], encoded: [bytes] })
  }
  return runs
}
