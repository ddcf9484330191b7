import { LRUCache } from 'lru-cache'
import type { Heads } from '../../ports/heads/heads.js'
import type { History } from '../../ports/history/history.js'
import { applyRange } from './message-states.js'

/** Where a channel's log ends, as the owner of its partition knows it. */
export type Sequence = { epoch: string; seq: number; count: number }

/** How many channels a partition keeps in mind; the others are read again when they are written to. */
const MAX_CHANNELS = 10_000

/**
 * The sequences of one partition's channels, for as long as its session lasts: only its owner writes them. A channel that is met
 * for the first time is read from its head's row and from the log, and goes on from whichever is further. What the log has past the
 * head may not be applied to its messages yet: it is now, before anything raises the head over it.
 */
export class Sequences {
  readonly #heads: Heads
  readonly #history: History
  readonly #known = new LRUCache<string, Sequence>({ max: MAX_CHANNELS })

  constructor(heads: Heads, history: History) {
    this.#heads = heads
    this.#history = history
  }

  /** Reads the channels that are not known yet. Those without a row stay unknown: they were deleted. */
  async load(channelIds: Iterable<string>): Promise<Map<string, Sequence>> {
    const wanted = [...new Set(channelIds)]
    const missing = wanted.filter((channelId) => !this.#known.has(channelId))
    if (missing.length > 0) {
      const heads = await this.#heads.read(missing)
      const ends = await this.#history.endsPast([...heads.values()])
      for (const [channelId, { seq }] of ends)
        await applyRange({ channelId, since: heads.get(channelId)?.seq ?? 0, upTo: seq }, this.#history)
      for (const { channelId, epoch, seq, count } of heads.values())
        this.#known.set(channelId, { epoch, ...(ends.get(channelId) ?? { seq, count }) })
    }
    const found = new Map<string, Sequence>()
    for (const channelId of wanted) {
      const sequence = this.#known.get(channelId)
      if (sequence) found.set(channelId, sequence)
    }
    return found
  }

  /** A channel as it is known, without a read. */
  peek(channelId: string): Sequence | undefined {
    return this.#known.get(channelId)
  }

  /** Notes that the log reaches at least so far. */
  reach(channelId: string, seq: number, count: number): void {
    const sequence = this.#known.get(channelId)
    if (sequence && seq > sequence.seq) this.#known.set(channelId, { ...sequence, seq, count })
  }

  /** The epoch of a channel that was loaded. */
  epoch(channelId: string): string | undefined {
    return this.#known.get(channelId)?.epoch
  }

  /** Forgets a channel: somebody else has written to it. */
  forget(channelId: string): void {
    this.#known.delete(channelId)
  }
}
