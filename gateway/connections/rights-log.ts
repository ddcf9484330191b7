import type { Revocation } from '../../gen/recado/internal/v1/core_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Log } from '../../lib/log.js'
import { Outage } from '../../lib/outage.js'
import type { CoreClients } from '../core-clients.js'
import type { LostRight } from './lost-rights.js'

/** A part of the log, oldest first. */
export type RightsPage = {
  revocations: readonly Revocation[]
  /** The position of the last entry; read on after it. */
  position: number
  /** Whether there are more. */
  hasMore: boolean
}

/** What the reader works with. */
export type RightsLogOptions = {
  /** Reads the entries after a position; without one, only the present position. @throws `failed_precondition` when entries after it are gone */
  read(after: number | undefined): Promise<RightsPage>
  /** Takes a lost right away from those who are connected. */
  apply(lost: LostRight): void
  /** The log has not been read for too long: nothing may be handed to anybody until {@link RightsLogOptions.onHeard}. */
  onSilent(): void
  /** The log is read again, up to its end. */
  onHeard(): void
  /** Entries were missed for good: nobody's rights are known any more. */
  onGap(): void
  log: Log
  /** Milliseconds on a monotonic clock; for tests. */
  now?: () => number
}

/** How often the log is read, in milliseconds: what is lost is gone within a second. */
const EVERY_MS = 500
/** After so long without having read it to its end the log is silent, in milliseconds. */
const MAX_SILENCE_MS = 3_000
/** How long core may take for a part of it, in milliseconds: then another core is asked. */
const DEADLINE_MS = 1_500
/** Entries that are kept, so that a permission which is older than them can be checked. */
const MAX_KEPT = 10_000

/**
 * Reads the log of lost rights, which every right that is used here is held against. A permission carries its position in the log:
 * {@link RightsLog.since} tells what came after it and was read before the permission was put to use; what is read later is applied
 * to those who are connected.
 */
export class RightsLog {
  readonly #options: RightsLogOptions
  readonly #now: () => number
  readonly #outage: Outage
  /** The newest entries, oldest first; all that came after {@link #keptFrom}. */
  #kept: Revocation[] = []
  #keptFrom = 0
  /** Where to read on; undefined before {@link start}. */
  #position: number | undefined
  /** The oldest permission that was used before {@link start}. */
  #oldestUsed = Infinity
  #heardAt = 0
  #isSilent = false
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: RightsLogOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#outage = new Outage({ log: options.log, name: 'the log of lost rights (core)', now: this.#now })
  }

  /** Whether it is read: what was lost is gone within a second. */
  get isCurrent(): boolean {
    return this.#position !== undefined && !this.#isSilent
  }

  /** For how long it has not been read to its end, in milliseconds; 0 before the start. */
  get silenceMs(): number {
    return this.#position === undefined ? 0 : this.#now() - this.#heardAt
  }

  /** Learns the present position, then reads on, from the oldest permission that is in use. Rejects with what reading rejects with. */
  async start(): Promise<void> {
    const { position } = await this.#options.read(undefined)
    this.#position = Math.min(position, this.#oldestUsed)
    this.#keptFrom = this.#position
    this.#heardAt = this.#now()
    this.#schedule()
  }

  /**
   * What was lost after a position, as far as it has been read.
   * @throws `unavailable` when the position is older than what is kept: the permission must be asked for anew
   */
  since(position: number): LostRight[] {
    if (this.#position === undefined) {
      this.#oldestUsed = Math.min(this.#oldestUsed, position)
      return []
    }
    if (position < this.#keptFrom)
      throw new RecadoError('unavailable', 'Your rights must be looked up anew. Try again.')
    const first = this.#kept.findLastIndex((entry) => entry.position <= position) + 1
    return this.#kept.slice(first).flatMap(({ lost }) => lost ?? [])
  }

  /** Reads everything that there is now. Called by its own timer. */
  async read(): Promise<void> {
    try {
      await this.#readToEnd()
      this.#hear()
    } catch (error) {
      this.#outage.failed(error)
      if (RecadoError.from(error).code === 'failed_precondition') await this.#beginAnew()
    }
    if (!this.#isSilent && this.silenceMs > MAX_SILENCE_MS && !this.#isStopped) {
      this.#isSilent = true
      this.#options.onSilent()
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

  async #readToEnd(): Promise<void> {
    for (let hasMore = true; hasMore && !this.#isStopped;) {
      const page = await this.#options.read(this.#position)
      this.#take(page)
      hasMore = page.hasMore
    }
  }

  #take({ revocations, position }: RightsPage): void {
    this.#position = position
    this.#kept.push(...revocations)
    if (this.#kept.length > MAX_KEPT) {
      const dropped = this.#kept.splice(0, this.#kept.length - MAX_KEPT)
      this.#keptFrom = dropped.at(-1)?.position ?? this.#keptFrom
    }
    for (const { lost } of revocations) if (lost) this.#options.apply(lost)
  }

  #hear(): void {
    this.#heardAt = this.#now()
    this.#outage.ended()
    if (!this.#isSilent) return
    this.#isSilent = false
    this.#options.onHeard()
  }

  /** What came after our position is no longer in the log. */
  async #beginAnew(): Promise<void> {
    this.#options.onGap()
    try {
      const { position } = await this.#options.read(undefined)
      this.#position = position
      this.#keptFrom = position
      this.#kept = []
    } catch (error) {
      this.#outage.failed(error)
    }
  }
}

/** Reads a part of the log from core. */
export function readRights(
  core: Pick<CoreClients['core'], 'call'>,
  after: number | undefined,
): Promise<RightsPage> {
  return core.call((client) => client.listRevocations, { after }, { deadlineMs: DEADLINE_MS })
}
