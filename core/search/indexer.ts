import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../../lib/log.js'
import { Outage } from '../../lib/outage.js'
import type { Database } from '../../ports/database/database.js'
import type { ChannelLog } from '../history/channel-log.js'
import { untilFewer } from '../housekeeping.js'
import {
  advance,
  claimBehind,
  findBehind,
  releaseClaims,
  removeStale,
  type Advance,
  type Claim,
} from './index-queries.js'
import { foldEvents } from './indexed-messages.js'

/** Channels in hand at once. */
const MAX_CLAIMS = 100
/** Events of all of them that are indexed in one transaction: as many as take about so long, in milliseconds, so that nobody waits for it. */
const MIN_EVENTS = 100
const MAX_EVENTS = 500
const WRITE_MS = 30
/** Channels that are read from at the same time. */
const MAX_READS = 4
/** Messages that one statement removes. */
const REMOVE_BATCH = 500

/** How long a channel is looked after once it was spoken of, in milliseconds: what was validated is stored within two seconds, or tried again. */
const WATCH_MS = 6_000
/** Channels that are looked after at once: the others are found by the look at all. */
const MAX_WATCHED = 20_000
/** All channels are looked at this often, in milliseconds, and never for more than a hundredth of the time. */
const LOOK_EVERY_MS = 10_000
const LOOK_SHARE = 100
/** After a round that left nothing, in milliseconds: what comes meanwhile is indexed together. */
const IDLE_MS = 500
/** After a round that left something, so many times as long as it took, for messages go first; at least and at most so many milliseconds. */
const PAUSE_SHARE = 4
const MIN_PAUSE_MS = 20
const MAX_PAUSE_MS = 5_000

/** What the indexer works with. */
export type IndexerDeps = { database: Database; channelLog: ChannelLog; log: Log }

/**
 * Follows the logs of all channels and keeps the index of their messages, a second or two behind them. Nothing on a message's way
 * waits for it: it hears of channels where messages are validated, and looks at all of them now and then, so that nothing is missed by
 * a core that dies. Any number of cores do it, each channel one at a time. While the log cannot be read it waits.
 */
export class Indexer {
  readonly #deps: IndexerDeps
  readonly #outage: Outage
  readonly #stopping = new AbortController()
  /** When each channel was spoken of last. */
  readonly #watched = new Map<string, number>()
  #lookAfter = ''
  #events = MIN_EVENTS
  #lookDueAt = -Infinity
  #lookTookMs = 0
  #running: Promise<void> | undefined

  constructor(deps: IndexerDeps) {
    this.#deps = deps
    this.#outage = new Outage({ log: deps.log, name: 'the message store, for the index of messages' })
  }

  /** Something may soon be stored in a channel. */
  watch(channelId: string): void {
    if (this.#watched.size < MAX_WATCHED || this.#watched.has(channelId))
      this.#watched.set(channelId, performance.now())
  }

  /** Looks at all channels next. */
  lookSoon(): void {
    this.#lookDueAt = -Infinity
    this.#lookAfter = ''
  }

  /** Begins. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Ends; resolves when nothing is in hand. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const startedAt = performance.now()
      const hasLeft = await this.#tryRound()
      const tookMs = performance.now() - startedAt
      const pauseMs = Math.max(hasLeft ? MIN_PAUSE_MS : IDLE_MS, tookMs * PAUSE_SHARE)
      // Aborted: the loop ends.
      await delay(Math.min(pauseMs, MAX_PAUSE_MS), undefined, { signal }).catch(() => undefined)
    }
  }

  /** Resolves with whether something is left to be indexed at once. */
  async #tryRound(): Promise<boolean> {
    try {
      await this.#look()
      const hasLeft = await this.#round()
      this.#outage.ended()
      return hasLeft
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#outage.failed(error)
      return false
    }
  }

  /** A part of the look at all channels, when one is due. */
  async #look(): Promise<void> {
    if (performance.now() < this.#lookDueAt || this.#watched.size > MAX_WATCHED / 2) return
    const startedAt = performance.now()
    const found = await this.#deps.database.read((handle) => findBehind(handle, this.#lookAfter))
    for (const channelId of found.channelIds) this.watch(channelId)
    this.#lookTookMs += performance.now() - startedAt
    this.#lookAfter = found.next ?? ''
    if (found.next !== undefined) return
    this.#lookDueAt = performance.now() + Math.max(LOOK_EVERY_MS, this.#lookTookMs * LOOK_SHARE)
    this.#lookTookMs = 0
  }

  async #round(): Promise<boolean> {
    const { database } = this.#deps
    const channelIds = this.#takeWatched()
    if (channelIds.length === 0) return false
    const claims = await database.read((handle) => claimBehind(handle, channelIds, MAX_CLAIMS))
    if (claims.length === 0) return false
    // Until it is indexed: what fails now is tried again.
    for (const { channelId } of claims) this.watch(channelId)
    const limit = Math.max(1, Math.floor(this.#events / claims.length))
    try {
      const advances = await this.#readAll(claims, limit)
      const startedAt = performance.now()
      await database.write((transaction) => advance(transaction, advances))
      this.#adapt(performance.now() - startedAt)
      return claims.length === MAX_CLAIMS || advances.some(({ claim, seq }) => seq < claim.headSeq)
    } catch (error) {
      // Where that fails too they end by themselves.
      await database.read((handle) => releaseClaims(handle, claims)).catch(() => undefined)
      throw error
    }
  }

  #adapt(tookMs: number): void {
    const events = tookMs > WRITE_MS ? this.#events / 2 : this.#events * 1.5
    this.#events = Math.min(MAX_EVENTS, Math.max(MIN_EVENTS, Math.floor(events)))
  }

  /** Those that were spoken of lately; the others are forgotten. */
  #takeWatched(): string[] {
    const oldest = performance.now() - WATCH_MS
    for (const [channelId, at] of this.#watched) if (at < oldest) this.#watched.delete(channelId)
    return [...this.#watched.keys()]
  }

  async #readAll(claims: readonly Claim[], limit: number): Promise<Advance[]> {
    const open = [...claims]
    const advances: Advance[] = []
    const readOn = async () => {
      for (let claim = open.pop(); claim; claim = open.pop()) advances.push(await this.#read(claim, limit))
    }
    await Promise.all(Array.from({ length: MAX_READS }, readOn))
    return advances
  }

  async #read(claim: Claim, limit: number): Promise<Advance> {
    const events = await this.#deps.channelLog.events(claim, claim.seq, limit)
    // In a round of its own, behind the last that was indexed: all is found meanwhile.
    const isAtEnd = claim.seq >= claim.headSeq
    if (isAtEnd && !claim.isClean) await this.#removeStale(claim)
    const seq = events.at(-1)?.seq ?? claim.headSeq
    return { claim, seq, isClean: claim.isClean || isAtEnd, ...foldEvents(events) }
  }

  /** What was indexed before the channel was begun anew, and was not found again. */
  async #removeStale(claim: Claim): Promise<void> {
    const { database } = this.#deps
    const { signal } = this.#stopping
    await untilFewer(REMOVE_BATCH, signal, () =>
      database.read((handle) => removeStale(handle, claim, REMOVE_BATCH)),
    )
    signal.throwIfAborted()
  }
}
