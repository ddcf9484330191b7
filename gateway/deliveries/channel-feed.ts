import type { Event, Head } from '../../gen/recado/v1/types.js'
import type { Log } from '../../lib/log.js'

/** Somebody who hears a channel's events on this gateway. */
export interface FeedSubscriber {
  /** Hands over the next event; never waits. */
  receive(event: Event): void
}

/** Reads events after `since`, in order; fewer than `limit` mean that the head is reached. */
export type ReadEvents = (
  channelId: string,
  since: number,
  limit: number,
) => Promise<{ events: Event[]; head: Head | undefined }>

/** What a feed works with. */
export type FeedOptions = {
  channelId: string
  read: ReadEvents
  /** Called once for each event, in order, before it goes to the subscriber. */
  onEvent(event: Event): void
  subscriber: FeedSubscriber
  log: Log
}

/** Events ahead of a gap that are held; what comes beyond is read from history instead. */
const MAX_HELD = 2_000
const PAGE = 1_000
/** How long frames may take to bring what a head promises before it is read, in milliseconds. */
export const CATCH_UP_MS = 1_000
const LOOK_AGAIN_MS = 100

/**
 * One channel on this gateway: its events in strict order, each once, whatever order the frames come in. It has one position: the
 * first head that was read once its interest was in force, then what it has delivered. Behind the position is dropped; ahead is held
 * while the missing is read from history.
 */
export class ChannelFeed {
  readonly channelId: string
  readonly #options: FeedOptions
  readonly #held = new Map<number, Event>()
  #epoch = ''
  #position: number | undefined
  #goal = 0
  #repairing: Promise<void> | undefined
  /** Joins that wait for a position. */
  #waiting: { seq: number; resolve: () => void }[] = []
  #isClosed = false

  constructor(options: FeedOptions) {
    this.channelId = options.channelId
    this.#options = options
  }

  /** The channel's head as this gateway has delivered it; undefined before the first head was read. */
  get head(): { epoch: string; seq: number } | undefined {
    return this.#position === undefined ? undefined : { epoch: this.#epoch, seq: this.#position }
  }

  /** Begins at a head; a later call changes nothing. Frames that came earlier have waited for it. */
  begin(head: Head): void {
    if (this.#position !== undefined) return
    this.#epoch = head.epoch
    this.#position = head.seq
    for (const seq of this.#held.keys()) if (seq <= head.seq) this.#held.delete(seq)
    this.#deliverHeld()
  }

  /** Takes a frame's event. */
  receive(event: Event): void {
    if (this.#position === undefined || event.seq > this.#position + 1) return this.#hold(event)
    if (event.seq <= this.#position) return
    this.#deliver(event)
    this.#deliverHeld()
  }

  /** Resolves when everything up to `seq` is delivered, by frames or, after a second, from history. Rejects when history cannot be read. */
  async reach(seq: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (!this.isBehind(seq)) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CATCH_UP_MS)
      this.#waiting.push({ seq, resolve: () => (clearTimeout(timer), resolve()) })
    })
    if (this.isBehind(seq)) await this.repair(seq)
  }

  /** Whether something up to `seq` is not delivered yet. */
  isBehind(seq: number): boolean {
    return !this.#isClosed && (this.#position ?? 0) < seq
  }

  /** Reads what is missing up to `seq` from history and delivers it. */
  repair(seq: number): Promise<void> {
    this.#goal = Math.max(this.#goal, seq)
    this.#repairing ??= this.#readMissing().finally(() => {
      this.#repairing = undefined
      if (this.#held.size > 0) this.#lookAgain()
    })
    return this.#repairing
  }

  /** Nothing is delivered any more. */
  close(): void {
    this.#isClosed = true
    this.#held.clear()
    this.#wake()
  }

  async #readMissing(): Promise<void> {
    while (this.#position !== undefined && this.isBehind(this.#goal)) {
      const { events } = await this.#options.read(this.channelId, this.#position, PAGE)
      for (const event of events) this.receive(event)
      if (events.length < PAGE) return
    }
  }

  #deliver(event: Event): void {
    if (this.#isClosed) return
    this.#position = event.seq
    this.#options.onEvent(event)
    this.#options.subscriber.receive(event)
    if (this.#waiting.length > 0) this.#wake()
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const each of waiting) {
      if (this.isBehind(each.seq)) this.#waiting.push(each)
      else each.resolve()
    }
  }

  #deliverHeld(): void {
    if (this.#position === undefined) return
    for (;;) {
      const next = this.#held.get(this.#position + 1)
      if (!next) break
      this.#held.delete(next.seq)
      this.#deliver(next)
    }
    if (this.#held.size > 0) this.#repairGap()
  }

  #hold(event: Event): void {
    if (this.#isClosed) return
    if (this.#held.size < MAX_HELD) this.#held.set(event.seq, event)
    if (this.#position !== undefined) this.#repairGap()
  }

  #repairGap(): void {
    if (this.#repairing || this.#held.size === 0) return
    const goal = Math.min(...this.#held.keys()) - 1
    this.repair(goal).catch((error: unknown) => {
      this.#options.log.warn(
        { err: error, channelId: this.channelId },
        'a gap could not be read and is tried again',
      )
    })
  }

  /** A gap that opened during a repair, or that a failed one left. */
  #lookAgain(): void {
    setTimeout(() => this.#repairGap(), LOOK_AGAIN_MS).unref()
  }
}
