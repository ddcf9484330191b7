import { LRUCache } from 'lru-cache'
import type { Event } from '../../../gen/recado/v1/types.js'
import { RECENT_EVENTS, type Recent, type RecentRun } from '../recent.js'

/** What is kept. */
export type MemoryRecentOptions = {
  /** Default: 2,000. */
  maxChannels?: number
  /** What the events take in memory, about. Default: 128 MiB. */
  maxBytes?: number
}

/** The events of a channel without a gap, oldest first: at least one. */
type Copy = { epoch: string; events: Event[]; bytes: number }

/** What an event takes beside its text, about. */
const EVENT_BYTES = 600

/** What each user takes who is mentioned or has reacted, about. */
const USER_BYTES = 64

/** Recent events in memory: for one process, lost on a restart. Beyond its bounds the channels used longest ago are forgotten. */
export class MemoryRecent implements Recent {
  readonly #copies: LRUCache<string, Copy>

  constructor({ maxChannels = 2_000, maxBytes = 128 * 1024 * 1024 }: MemoryRecentOptions = {}) {
    this.#copies = new LRUCache({ max: maxChannels, maxSize: maxBytes })
  }

  async append(runs: readonly RecentRun[]): Promise<void> {
    for (const run of runs) this.#append(run)
  }

  async read(channelId: string, epoch: string, first: number, last: number): Promise<Event[] | undefined> {
    const copy = this.#copies.get(channelId)
    const from = copy?.events[0]?.seq
    if (!copy || from === undefined || copy.epoch !== epoch || first < from || last > endOf(copy))
      return undefined
    return copy.events.slice(first - from, last - from + 1)
  }

  async forget(channelIds: readonly string[]): Promise<void> {
    for (const channelId of channelIds) this.#copies.delete(channelId)
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.#copies.clear()
  }

  #append({ channelId, epoch, events }: RecentRun): void {
    const kept = this.#copies.get(channelId)
    const same = kept?.epoch === epoch ? kept : undefined
    const fresh = same ? events.filter(({ seq }) => seq > endOf(same)) : events
    const [first] = fresh
    if (!first) return
    const copy = same && endOf(same) === first.seq - 1 ? same : { epoch, events: [], bytes: 0 }
    extend(copy, fresh)
    this.#copies.set(channelId, copy, { size: copy.bytes })
  }
}

function extend(copy: Copy, events: readonly Event[]): void {
  copy.events.push(...events)
  const dropped = copy.events.splice(0, Math.max(0, copy.events.length - RECENT_EVENTS))
  copy.bytes += bytesOf(events) - bytesOf(dropped)
}

function endOf({ events }: Copy): number {
  return events.at(-1)?.seq ?? 0
}

function bytesOf(events: readonly Event[]): number {
  return events.reduce((sum, event) => sum + EVENT_BYTES + textBytesOf(event), 0)
}

function textBytesOf({ what }: Event): number {
  if (what?.$case !== 'message' && what?.$case !== 'messageUpdated') return 0
  const { content, data = '', mentions, reactions } = what.value
  const users = reactions.reduce((sum, { userIds }) => sum + userIds.length, mentions.length)
  return 2 * (content.length + data.length) + USER_BYTES * users
}
