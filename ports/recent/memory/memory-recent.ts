import { encodeEvent } from '../../../contract/events.js'
import type { Event } from '../../../gen/recado/v1/types.js'
import { RECENT_EVENTS, type Recent, type RecentRun } from '../recent.js'

/** What is kept. */
export type MemoryRecentOptions = {
  /** Default: 2,000. */
  maxChannels?: number
  /** The events' size on the wire; in memory they take a few times that. Default: 64 MiB. */
  maxBytes?: number
}

type Copy = { epoch: string; entries: Entry[]; bytes: number }
type Entry = { event: Event; bytes: number }

/** Recent events in memory: for one process, lost on a restart. Beyond its bounds the channels used longest ago are forgotten. */
export class MemoryRecent implements Recent {
  readonly #maxChannels: number
  readonly #maxBytes: number
  /** The one used longest ago comes first. */
  readonly #copies = new Map<string, Copy>()
  #bytes = 0

  constructor({ maxChannels = 2_000, maxBytes = 64 * 1024 * 1024 }: MemoryRecentOptions = {}) {
    this.#maxChannels = maxChannels
    this.#maxBytes = maxBytes
  }

  async append(runs: readonly RecentRun[]): Promise<void> {
    for (const run of runs) this.#append(run)
    this.#evict()
  }

  async read(channelId: string, epoch: string, first: number, last: number): Promise<Event[] | undefined> {
    const copy = this.#copies.get(channelId)
    const from = copy?.entries[0]?.event.seq
    if (!copy || from === undefined || copy.epoch !== epoch || first < from || last > endOf(copy))
      return undefined
    this.#touch(channelId, copy)
    return copy.entries.slice(first - from, last - from + 1).map(({ event }) => event)
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.#copies.clear()
    this.#bytes = 0
  }

  #append({ channelId, epoch, events }: RecentRun): void {
    const kept = this.#copies.get(channelId)
    const isSameEpoch = kept?.epoch === epoch
    const fresh = events.filter(({ seq }) => !isSameEpoch || seq > endOf(kept))
    const firstSeq = fresh[0]?.seq
    if (firstSeq === undefined) return
    const before = isSameEpoch && endOf(kept) === firstSeq - 1 ? kept.entries : []
    const entries = [...before, ...fresh.slice(-RECENT_EVENTS).map(toEntry)].slice(-RECENT_EVENTS)
    this.#forget(channelId)
    this.#keep(channelId, { epoch, entries, bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0) })
  }

  #keep(channelId: string, copy: Copy): void {
    this.#copies.set(channelId, copy)
    this.#bytes += copy.bytes
  }

  #forget(channelId: string): void {
    this.#bytes -= this.#copies.get(channelId)?.bytes ?? 0
    this.#copies.delete(channelId)
  }

  #touch(channelId: string, copy: Copy): void {
    this.#copies.delete(channelId)
    this.#copies.set(channelId, copy)
  }

  #evict(): void {
    for (const channelId of this.#copies.keys()) {
      if (this.#copies.size <= this.#maxChannels && this.#bytes <= this.#maxBytes) return
      this.#forget(channelId)
    }
  }
}

function endOf({ entries }: Copy): number {
  return entries.at(-1)?.event.seq ?? 0
}

function toEntry(event: Event): Entry {
  return { event, bytes: encodeEvent(event).length }
}
