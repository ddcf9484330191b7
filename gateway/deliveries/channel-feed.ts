import type { Event, Head } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { HeldBudget } from './held-budget.js'

/** Somebody who hears a channel's events on this gateway. */
export interface FeedSubscriber {
  /** Hands over the next event; never waits. */
  receive(event: Event): void
  /** The channel's sequence began anew: whoever has an older position must join again. */
  reset(): void
}

/** A part of a channel's log as it was read, in order. */
export type EventPage = {
  events: readonly Event[]
  /** The channel's head then. */
  head: Head | undefined
  /** Whether there was more below the head. */
  hasMore: boolean
}

/** What a feed works with. */
export type FeedOptions = {
  channelId: string
  subscriber: FeedSubscriber
  held: HeldBudget
  /** Called once for each event, in order, before it goes to the subscriber. */
  onEvent(event: Event): void
  /** Something is missing that frames need not bring: within so many milliseconds, or now, it has to be read. */
  onBehind(feed: ChannelFeed, withinMs: number): void
  /** An event or a page of another epoch has come: the head must be read to know which is in force. */
  onForeignEpoch(feed: ChannelFeed): void
}

/** How long frames may take to bring what a head promises before it is read, in milliseconds. */
export const CATCH_UP_MS = 1_000

type Waiter = { seq: number; resolve(): void; reject(error: Error): void }

/**
 * One channel on this gateway: its events in strict order, each once, whatever order the frames come in. It has one position: the
 * first head that was read once its interest was in force, then what it has delivered. Behind the position is dropped; ahead is held,
 * within bounds, while the missing is read. It reads nothing itself: it tells when it is behind.
 */
export class ChannelFeed {
  readonly channelId: string
  readonly #options: FeedOptions
  readonly #held = new Map<number, Event>()
  readonly #waiters = new Set<Waiter>()
  #epoch = ''
  #position: number | undefined
  /** The highest seq that is known to be there. */
  #goal = 0
  #heldBytes = 0
  #isClosed = false

  constructor(options: FeedOptions) {
    this.channelId = options.channelId
    this.#options = options
  }

  /** The channel's head as this gateway has delivered it; undefined before the first head was read. */
  get head(): { epoch: string; seq: number } | undefined {
    return this.#position === undefined ? undefined : { epoch: this.#epoch, seq: this.#position }
  }

  /** Whether something that is known to be there is not delivered yet. */
  get isBehind(): boolean {
    return !this.#isClosed && this.#position !== undefined && this.#position < this.#goal
  }

  /** Begins at a head; a later call changes nothing. Frames that came earlier have waited for it. */
  begin(head: Head): void {
    if (this.#position !== undefined || this.#isClosed) return
    this.#epoch = head.epoch
    this.#position = head.seq
    for (const event of this.#held.values()) {
      // What came of another epoch is not held against this one; comparing heads finds what it hid.
      if (event.epoch !== head.epoch) this.#goal = head.seq
      if (event.epoch !== head.epoch || event.seq <= head.seq) this.#release(event)
    }
    this.#deliverHeld()
    if (this.isBehind) this.#options.onBehind(this, 0)
  }

  /** The channel has another epoch now: begins at its head, and whoever has joined joins again. */
  restart(head: Head): void {
    if (this.#isClosed) return
    this.#epoch = head.epoch
    this.#position = head.seq
    this.#goal = head.seq
    this.#releaseAll()
    // The head was read after every head that a waiter may wait for.
    for (const waiter of this.#waiters) waiter.resolve()
    this.#waiters.clear()
    this.#options.subscriber.reset()
  }

  /** Learns that there is everything up to `seq`; what frames do not bring within that time is read. */
  expect(seq: number, withinMs: number): void {
    this.#goal = Math.max(this.#goal, seq)
    if (this.isBehind) this.#options.onBehind(this, withinMs)
  }

  /** Takes an event, of a frame or of a page. */
  receive(event: Event): void {
    if (this.#isClosed) return
    if (this.#position !== undefined && event.epoch !== this.#epoch) return this.#options.onForeignEpoch(this)
    if (this.#position === undefined || event.seq > this.#position + 1) return this.#hold(event)
    if (event.seq <= this.#position) return
    this.#deliver(event)
    if (this.#held.size > 0) this.#deliverHeld()
  }

  /** Takes what was read after the position. */
  receivePage({ events, head }: EventPage): void {
    if (head && this.#position !== undefined && head.epoch !== this.#epoch)
      return this.#options.onForeignEpoch(this)
    for (const event of events) this.receive(event)
  }

  /**
   * Resolves when everything up to `seq` is delivered, by frames or, after a second, from history.
   * @throws the signal's reason, or `unavailable` when the feed is closed
   */
  async reach(seq: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#isClosed) throw stopping()
    if ((this.#position ?? 0) >= seq) return
    this.expect(seq, CATCH_UP_MS)
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        this.#waiters.delete(waiter)
        reject(signal.reason as Error)
      }
      const settled = (settle: () => void) => (): void => {
        signal.removeEventListener('abort', abort)
        settle()
      }
      const waiter = { seq, resolve: settled(resolve), reject: settled(() => reject(stopping())) }
      signal.addEventListener('abort', abort, { once: true })
      this.#waiters.add(waiter)
    })
  }

  /** Nothing is delivered any more. */
  close(): void {
    this.#isClosed = true
    this.#releaseAll()
    for (const waiter of this.#waiters) waiter.reject(stopping())
    this.#waiters.clear()
  }

  #deliver(event: Event): void {
    this.#position = event.seq
    this.#options.onEvent(event)
    this.#options.subscriber.receive(event)
    for (const waiter of this.#waiters) {
      if (waiter.seq > event.seq) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
  }

  #deliverHeld(): void {
    while (this.#position !== undefined && !this.#isClosed) {
      const next = this.#held.get(this.#position + 1)
      if (!next) return
      this.#release(next)
      this.#deliver(next)
    }
  }

  /** What cannot be held is read when its turn comes: that it is there is not forgotten. */
  #hold(event: Event): void {
    this.#goal = Math.max(this.#goal, event.seq)
    const bytes = sizeOf(event)
    if (!this.#held.has(event.seq) && this.#options.held.take(this.#heldBytes, bytes)) {
      this.#held.set(event.seq, event)
      this.#heldBytes += bytes
    }
    if (this.isBehind) this.#options.onBehind(this, 0)
  }

  #release(event: Event): void {
    this.#held.delete(event.seq)
    this.#heldBytes -= sizeOf(event)
    this.#options.held.giveBack(sizeOf(event))
  }

  #releaseAll(): void {
    this.#held.clear()
    this.#options.held.giveBack(this.#heldBytes)
    this.#heldBytes = 0
  }
}

/** What an event takes in memory, roughly: two bytes a UTF-16 unit of its text, and the rest. */
function sizeOf({ what }: Event): number {
  return 512 + (what?.$case === 'message' ? 2 * what.value.content.length : 0)
}

function stopping(): RecadoError {
  return new RecadoError('unavailable', 'This server is stopping. Reconnect.')
}
