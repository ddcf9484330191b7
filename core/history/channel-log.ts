import { foldMessages } from '../../contract/folding.js'
import type { Event, Message } from '../../gen/recado/v1/types.js'
import type { Log } from '../../lib/log.js'
import type { History } from '../../ports/history/history.js'
import { RECENT_EVENTS, type Recent } from '../../ports/recent/recent.js'
import { toWindow, type PagePart } from './page-plan.js'

/** A channel and how far it may be read: its head, read before anything else. */
export type ReadableLog = { channelId: string; epoch: string; headSeq: number }

/** How often a copy that fails is spoken of, in milliseconds. */
const COMPLAINT_INTERVAL_MS = 10_000

/** Reads channels' events: from the copy of the recent ones where it holds all that is asked for, else from the log. Both say the same. */
export class ChannelLog {
  readonly #history: History
  readonly #recent: Recent
  readonly #log: Log
  #complainedAt = -Infinity

  constructor(deps: { history: History; recent: Recent; log: Log }) {
    this.#history = deps.history
    this.#recent = deps.recent
    this.#log = deps.log
  }

  /** Reads at most `limit` events after a seq, in order, up to the head. */
  async events(of: ReadableLog, since: number, limit: number): Promise<Event[]> {
    const [first, last] = [since + 1, Math.min(of.headSeq, since + limit)]
    if (first > last) return []
    const events = await this.#readRecent(of, first, last)
    return events ?? this.#history.events({ channelId: of.channelId, since, upTo: last, limit })
  }

  /**
   * Reads one part of a page, oldest first: of the copy, the messages as all that came after them has left them. The copy is read from
   * twice as far back as messages alone would need, for there may be changes among them.
   */
  async messages(of: ReadableLog, part: PagePart): Promise<Message[]> {
    const window = toWindow({ ...part, limit: 2 * part.limit })
    if (window.first > window.last) return []
    const events = await this.#readRecent(of, window.first, of.headSeq)
    const messages = events && foldMessages(events).filter(({ seq }) => seq <= window.last)
    // Fewer may lie outside of what was read.
    const isWhole = window.last - window.first === part.upTo - part.after - 1
    if (messages && (isWhole || messages.length >= part.limit)) return pick(messages, part)
    return this.#history.messages({ ...part, channelId: of.channelId })
  }

  async #readRecent(of: ReadableLog, first: number, last: number): Promise<Event[] | undefined> {
    if (first <= of.headSeq - RECENT_EVENTS) return undefined
    try {
      return await this.#recent.read(of.channelId, of.epoch, first, last)
    } catch (error) {
      this.#complain(error)
      return undefined
    }
  }

  #complain(error: unknown): void {
    if (performance.now() - this.#complainedAt < COMPLAINT_INTERVAL_MS) return
    this.#complainedAt = performance.now()
    this.#log.warn({ err: error }, 'the copy of recent events cannot be read; reading the log instead')
  }
}

function pick(messages: readonly Message[], { pick, limit }: PagePart): Message[] {
  return pick === 'newest' ? messages.slice(-limit) : messages.slice(0, limit)
}
