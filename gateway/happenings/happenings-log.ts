import type { Happening } from '../../gen/recado/internal/v1/happening.js'
import { RecadoError } from '../../lib/errors.js'
import type { Log } from '../../lib/log.js'
import { Outage } from '../../lib/outage.js'
import type { CoreClients } from '../core-clients.js'

/** A part of the log. */
export type HappeningsPage = { happenings: Happening[]; position: number; hasMore: boolean }

/** What the reader works with. */
export type HappeningsLogOptions = {
  /** Reads what comes after a position; without one, the present position alone. */
  read(after: number | undefined): Promise<HappeningsPage>
  /** Tells those who have joined; one at a time, in order. It does not reject. */
  tell(happening: Happening): Promise<void>
  /** Tells what is told of a page as a whole, behind the rest. It does not reject. */
  tellTogether(happenings: readonly Happening[]): Promise<void>
  /** Something was lost: everybody who has joined must join again and read. */
  onGap(): void
  log: Log
}

/** How often the log is read, in milliseconds. */
const EVERY_MS = 500
/** How long one read may take, in milliseconds. */
const DEADLINE_MS = 2_000
/** The newest entries that are kept to tell who joins whether something came in between. */
const MAX_KEPT = 10_000

/**
 * Reads the log of what `server:` and `user:` topics tell, every half second, and tells it. While core is away it waits: nothing is
 * lost. What is in a page is told before the next is read, so what waits is bounded by core.
 */
export class HappeningsLog {
  readonly #options: HappeningsLogOptions
  readonly #outage: Outage
  /** The newest entries that were told, oldest first; all that came after {@link #keptFrom}. */
  #kept: { position: number; topic: string }[] = []
  #keptFrom = 0
  /** Up to where everything was told; undefined before {@link start}. */
  #told: number | undefined
  #heardAt = 0
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: HappeningsLogOptions) {
    this.#options = options
    this.#outage = new Outage({ log: options.log, name: 'the log of happenings (core)' })
  }

  /** Up to where everything was told: the first that a join hears is the next one. */
  get position(): number {
    return this.#told ?? 0
  }

  /** For how long it has not been read to its end, in milliseconds; 0 before the start. */
  get silenceMs(): number {
    return this.#told === undefined ? 0 : performance.now() - this.#heardAt
  }

  /** Learns the present position, then reads on. Rejects with what reading rejects with. */
  async start(): Promise<void> {
    const { position } = await this.#options.read(undefined)
    this.#begin(position)
    this.#schedule()
  }

  /** Whether a topic told something between a position and now, or may have. */
  hasToldAfter(topic: string, position: number): boolean {
    if (position < this.#keptFrom) return true
    for (let at = this.#kept.length - 1; at >= 0; at -= 1) {
      const entry = this.#kept[at]
      if (!entry || entry.position <= position) return false
      if (entry.topic === topic) return true
    }
    return false
  }

  /** Reads and tells everything that there is now. Called by its own timer. */
  async read(): Promise<void> {
    try {
      for (let hasMore = true; hasMore && !this.#isStopped;) {
        const page = await this.#options.read(this.#told)
        await this.#tell(page)
        hasMore = page.hasMore
      }
      this.#heardAt = performance.now()
      this.#outage.ended()
    } catch (error) {
      this.#outage.failed(error)
      if (RecadoError.from(error).code === 'failed_precondition') await this.#beginAnew()
    }
  }

  /** Ends. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (!this.#isStopped)
      this.#timer = setTimeout(() => void this.read().finally(() => this.#schedule()), EVERY_MS)
  }

  async #tell({ happenings, position }: HappeningsPage): Promise<void> {
    for (const happening of happenings) {
      this.#told = happening.position
      this.#kept.push({ position: happening.position, topic: happening.topic })
      await this.#options.tell(happening)
    }
    await this.#options.tellTogether(happenings)
    this.#told = position
    if (this.#kept.length <= MAX_KEPT) return
    const dropped = this.#kept.splice(0, this.#kept.length - MAX_KEPT)
    this.#keptFrom = dropped.at(-1)?.position ?? this.#keptFrom
  }

  #begin(position: number): void {
    this.#heardAt = performance.now()
    this.#told = position
    this.#keptFrom = position
    this.#kept = []
  }

  /** What came after our position is no longer in the log. */
  async #beginAnew(): Promise<void> {
    this.#options.onGap()
    try {
      this.#begin((await this.#options.read(undefined)).position)
    } catch (error) {
      this.#outage.failed(error)
    }
  }
}

/** Reads a part of the log from core. */
export function readHappenings(
  core: Pick<CoreClients['core'], 'call'>,
  after: number | undefined,
): Promise<HappeningsPage> {
  return core.call((client) => client.listHappenings, { after }, { deadlineMs: DEADLINE_MS })
}
