import { Backoff } from '../../lib/backoff.js'
import { RecadoError } from '../../lib/errors.js'
import type { Log } from '../../lib/log.js'
import { PacedLog } from '../../lib/paced-log.js'
import type { ChannelFeed, EventPage } from './channel-feed.js'

/** What the repairer works with. */
export type RepairerOptions = {
  /** Reads events after `since`, in order. */
  read(channelId: string, since: number): Promise<EventPage>
  log: Log
  /** Milliseconds on a monotonic clock; for tests. */
  now?: () => number
}

/** Reads that run at once. */
const MAX_READS = 8
/** Of those, reads of channels whose last read brought nothing: however many there are, the others go on. */
const MAX_RETRIES = 4
/** Back-off of a channel whose read brought nothing, in milliseconds. */
const BACKOFF = { firstMs: 100, maxMs: 5_000 }
/** How often it is looked whose wait is over, in milliseconds. */
const TICK_MS = 50

type Repair = {
  feed: ChannelFeed
  backoff: Backoff
  state: 'waiting' | 'ready' | 'reading'
  dueAt: number
}

/**
 * Reads what channels miss, for all channels of a gateway: a bounded number of reads at once, a page of a channel at a time, so that
 * each has its turn. A channel that cannot be read is tried again after ever longer pauses, and holds up no other.
 */
export class Repairer {
  readonly #options: RepairerOptions
  readonly #now: () => number
  readonly #repairs = new Map<ChannelFeed, Repair>()
  readonly #warnings: PacedLog
  #fresh: Repair[] = []
  #failing: Repair[] = []
  #reads = 0
  #retries = 0
  #timer: NodeJS.Timeout | undefined
  #state: 'running' | 'paused' | 'stopped' = 'running'

  constructor(options: RepairerOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#warnings = new PacedLog({ now: this.#now })
  }

  /** How many channels are being repaired. */
  get size(): number {
    return this.#repairs.size
  }

  /** Repairs a feed that is still behind after so many milliseconds. One that is being repaired keeps its turn, and its pause. */
  want(feed: ChannelFeed, withinMs: number): void {
    if (this.#state === 'stopped') return
    const dueAt = this.#now() + withinMs
    const known = this.#repairs.get(feed)
    const repair = known ?? { feed, backoff: new Backoff(BACKOFF), state: 'waiting', dueAt }
    if (known && (known.state !== 'waiting' || known.backoff.failures > 0 || known.dueAt <= dueAt)) return
    repair.dueAt = dueAt
    this.#repairs.set(feed, repair)
    if (withinMs > 0) this.#keepTime()
    else this.#makeReady(repair)
  }

  /** Reads nothing until {@link resume}; what is wanted meanwhile is kept. */
  pause(): void {
    if (this.#state === 'running') this.#state = 'paused'
  }

  /** Goes on. */
  resume(): void {
    if (this.#state === 'paused') this.#state = 'running'
    this.#pump()
  }

  /** Ends; reads that run change nothing any more. */
  stop(): void {
    this.#state = 'stopped'
    clearInterval(this.#timer)
    this.#repairs.clear()
    this.#fresh = []
    this.#failing = []
  }

  #makeReady(repair: Repair): void {
    repair.state = 'ready'
    if (repair.backoff.failures > 0) this.#failing.push(repair)
    else this.#fresh.push(repair)
    this.#pump()
  }

  #pump(): void {
    while (this.#state === 'running' && this.#reads < MAX_READS) {
      const repair = this.#fresh.shift() ?? (this.#retries < MAX_RETRIES ? this.#failing.shift() : undefined)
      if (!repair) return
      if (repair.feed.isBehind) void this.#turn(repair)
      else this.#repairs.delete(repair.feed)
    }
  }

  async #turn(repair: Repair): Promise<void> {
    const isRetry = repair.backoff.failures > 0
    repair.state = 'reading'
    this.#reads += 1
    if (isRetry) this.#retries += 1
    const gain = await this.#readPage(repair.feed)
    this.#reads -= 1
    if (isRetry) this.#retries -= 1
    if (this.#state === 'stopped') return
    this.#settle(repair, gain)
    this.#pump()
  }

  /** What a page has brought, and whether there is another one. */
  async #readPage(feed: ChannelFeed): Promise<{ events: number; hasMore: boolean }> {
    const since = feed.head?.seq ?? 0
    try {
      const page = await this.#options.read(feed.channelId, since)
      if (this.#state !== 'stopped') feed.receivePage(page)
      return { events: (feed.head?.seq ?? 0) - since, hasMore: page.hasMore }
    } catch (error) {
      this.#warn(error, feed.channelId)
      return { events: 0, hasMore: false }
    }
  }

  #settle(repair: Repair, { events, hasMore }: { events: number; hasMore: boolean }): void {
    if (events > 0) repair.backoff.reset()
    if (!repair.feed.isBehind) {
      this.#repairs.delete(repair.feed)
    } else if (events > 0 && hasMore) {
      this.#makeReady(repair)
    } else {
      repair.state = 'waiting'
      repair.dueAt = this.#now() + repair.backoff.next()
      this.#keepTime()
    }
  }

  /** One timer for all, while somebody waits. */
  #keepTime(): void {
    this.#timer ??= setInterval(() => this.#wake(), TICK_MS).unref()
  }

  #wake(): void {
    const now = this.#now()
    let waiting = 0
    for (const repair of this.#repairs.values()) {
      if (repair.state !== 'waiting') continue
      if (repair.dueAt <= now) this.#makeReady(repair)
      else waiting += 1
    }
    if (waiting > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #warn(error: unknown, channelId: string): void {
    this.#warnings.line((leftOut) => {
      const { message: reason } = RecadoError.from(error)
      const fields = { err: error, reason, channelId, repairs: this.#repairs.size, leftOut }
      this.#options.log.warn(fields, 'a channel cannot be read and is tried again')
    })
  }
}
