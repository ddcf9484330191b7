import { encodeEvents, type EncodedEvent } from '../../contract/events.js'
import type { Event } from '../../gen/recado/v1/types.js'
import type { Log } from '../../lib/log.js'
import { Outage } from '../../lib/outage.js'
import type { Recent, RecentRun } from '../../ports/recent/recent.js'
import type { ConsumerMetrics } from '../metrics.js'
import type { Entry } from './entry.js'

/** How many events may wait for the write before theirs; beyond it they are left out. */
const MAX_WAITING_EVENTS = 2_000

/** How many channels may wait for their copies to be forgotten; beyond it the oldest is given up. */
const MAX_OWED = 10_000

/** How long it takes until what could not be forgotten is tried again, in milliseconds. */
const OWED_MS = 1_000

/**
 * Adds what was stored to the copy of recent events, beside everything else: readers go to the log for what the copy lacks, so nobody
 * waits for it. One write at a time, so that each channel keeps its order.
 *
 * A copy holds events as they were, so a deletion ends it: the channel's next copy begins with the deletion. That is waited for, as
 * long as one command takes, so that a text is gone before anybody hears that it is; where Redis is away it is done when it is back.
 */
export class Remembering {
  readonly #recent: Recent
  readonly #metrics: ConsumerMetrics
  readonly #outage: Outage
  #waiting: RecentRun[] = []
  #waitingEvents = 0
  #writing: Promise<void> | undefined
  /** Channels of which a copy may hold what was deleted. */
  readonly #owed = new Set<string>()
  #retry: NodeJS.Timeout | undefined

  constructor({ recent, metrics, log }: { recent: Recent; metrics: ConsumerMetrics; log: Log }) {
    this.#recent = recent
    this.#metrics = metrics
    this.#outage = new Outage({ log, name: 'recent events (REDIS_URL)' })
  }

  /** Adds the events of these entries, which are given in order, or leaves them out; waits for deletions alone, and never rejects. */
  async add(entries: readonly Entry[], ordered: readonly EncodedEvent[]): Promise<void> {
    const epochs = new Map(
      entries.map(({ owner, payload: { channelId } }) => [channelId, owner.sequences.epoch(channelId)]),
    )
    const deletions = lastDeletions(ordered)
    for (const channelId of deletions.keys()) this.#owe(channelId)
    const kept = ordered.filter(({ event }) => event.seq >= (deletions.get(event.channelId) ?? 0))
    const runs = toRuns(kept, epochs)
    const events = runs.reduce((sum, run) => sum + run.events.length, 0)
    if (this.#waitingEvents > 0 && this.#waitingEvents + events > MAX_WAITING_EVENTS) {
      this.#metrics.notRemembered()
    } else {
      this.#waiting.push(...runs)
      this.#waitingEvents += events
    }
    if (events > 0) this.#writing ??= this.#write()
    if (deletions.size > 0) await this.#writing
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const runs = this.#waiting
      this.#waiting = []
      this.#waitingEvents = 0
      try {
        await this.#forgetOwed()
        await this.#recent.append(runs)
        this.#outage.ended()
      } catch (error) {
        this.#metrics.notRemembered()
        this.#outage.failed(error)
        this.#retryOwed()
      }
    }
    this.#writing = undefined
  }

  async #forgetOwed(): Promise<void> {
    if (this.#owed.size === 0) return
    const owed = [...this.#owed]
    // What is owed again meanwhile must be forgotten again.
    this.#owed.clear()
    try {
      await this.#recent.forget(owed)
    } catch (error) {
      for (const channelId of owed) this.#owe(channelId)
      throw error
    }
  }

  #owe(channelId: string): void {
    const [oldest] = this.#owed
    if (oldest !== undefined && this.#owed.size >= MAX_OWED) this.#owed.delete(oldest)
    this.#owed.add(channelId)
  }

  #retryOwed(): void {
    if (this.#owed.size === 0) return
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined
      this.#forgetOwed().catch(() => this.#retryOwed())
    }, OWED_MS).unref()
  }
}

/** The seq of the last deletion in each channel that has one. */
function lastDeletions(ordered: readonly EncodedEvent[]): Map<string, number> {
  const last = new Map<string, number>()
  for (const { event } of ordered)
    if (event.what?.$case === 'messageDeleted') last.set(event.channelId, event.seq)
  return last
}

/** The events of a batch, each once, in the order of each channel, encoded for all who get them. */
export function inOrder(entries: readonly Entry[]): EncodedEvent[] {
  const events = new Map<string, Event>()
  for (const { event } of entries) if (event?.what) events.set(event.id, event)
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
