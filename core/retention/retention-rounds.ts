import type { Message } from '../../gen/recado/v1/types.js'
import type { Database } from '../../ports/database/database.js'
import type { History } from '../../ports/history/history.js'
import type { Purger } from '../messages/purger.js'
import {
  claimRetention,
  listRetained,
  moveRetained,
  prolongRetention,
  settleRetention,
  type DueRetention,
} from './retention-queries.js'

const DAY_MS = 24 * 60 * 60 * 1_000
/** Channels that are read of at once. */
const CHANNELS = 100
/** Messages that are deleted at once: few, so that everybody else is served in between. */
const MESSAGES = 50

type Place = { channelId: string; headSeq: number; seq: number }

/**
 * Deletes what servers keep no longer, on behalf of their owners: round after round, channel by channel, in small batches. What a core
 * that dies has not done another takes up within a minute.
 */
export class RetentionRounds {
  readonly #database: Database
  readonly #history: History
  readonly #purger: Purger

  constructor(deps: { database: Database; history: History; purger: Purger }) {
    this.#database = deps.database
    this.#history = deps.history
    this.#purger = deps.purger
  }

  /** Does the round of one server; false where none is due. */
  async step(signal: AbortSignal): Promise<boolean> {
    const due = await this.#database.read(claimRetention)
    if (!due) return false
    const { serverId } = due
    for (let after: string | undefined = ''; after !== undefined;) {
      const places = await this.#listPlaces(serverId, after)
      for (const place of places) await this.#runChannel(due, place, signal)
      if (signal.aborted) return false
      after = places.length < CHANNELS ? undefined : places.at(-1)?.channelId
    }
    await this.#database.read((handle) => settleRetention(handle, serverId))
    return true
  }

  #listPlaces(serverId: string, after: string): Promise<Place[]> {
    return this.#database.read((handle) => listRetained(handle, serverId, after, CHANNELS))
  }

  /** Goes through a channel from where all before is deleted, as far as there is anything old. */
  async #runChannel(due: DueRetention, place: Place, signal: AbortSignal): Promise<void> {
    const before = new Date(Date.now() - due.days * DAY_MS).toISOString()
    let isAllGone = true
    for (let after: number | undefined = place.seq; after !== undefined && !signal.aborted;) {
      const batch = await this.#runBatch(due, { ...place, seq: after }, before, signal)
      // A message whose publisher's clock was ahead keeps the place, not those behind it.
      await this.#keep(due.serverId, place.channelId, isAllGone ? batch.goneTo : undefined)
      isAllGone &&= batch.isAllGone
      after = batch.next
    }
  }

  /** Deletes what is old of the next messages; `next` is where to go on, undefined where nothing more is to be done now. */
  async #runBatch(
    { ownerId }: DueRetention,
    { channelId, headSeq, seq: after }: Place,
    before: string,
    signal: AbortSignal,
  ): Promise<{ goneTo: number | undefined; isAllGone: boolean; next: number | undefined }> {
    const page = { channelId, after, upTo: headSeq, limit: MESSAGES, pick: 'oldest' as const }
    const messages = await this.#history.messages(page)
    const old = messages.filter(({ timestamp = '' }) => timestamp < before)
    const keys = old.filter(({ deletedAt }) => !deletedAt).map(({ id }) => ({ channelId, id }))
    const deleted = keys.length > 0 ? await this.#purger.purge(ownerId, keys, signal) : []
    const goneTo = endOfPrefix(messages, old, new Set(deleted.map(({ id }) => id)))
    const isStuck = keys.length > 0 && deleted.length === 0
    const last = messages.length < MESSAGES || old.length === 0 || isStuck ? undefined : messages.at(-1)?.seq
    return { goneTo, isAllGone: goneTo === messages.at(-1)?.seq, next: last }
  }

  async #keep(serverId: string, channelId: string, goneTo: number | undefined): Promise<void> {
    await this.#database.read(async (handle) => {
      if (goneTo !== undefined) await moveRetained(handle, channelId, goneTo)
      await prolongRetention(handle, serverId)
    })
  }
}

/** The seq of the last message before the first that is not deleted. */
function endOfPrefix(
  messages: readonly Message[],
  old: readonly Message[],
  deletedIds: ReadonlySet<string>,
): number | undefined {
  const gone = new Set(old.filter(({ id, deletedAt }) => deletedAt ?? deletedIds.has(id)))
  const first = messages.findIndex((message) => !gone.has(message))
  return (first === -1 ? messages : messages.slice(0, first)).at(-1)?.seq
}
