import {
  MongoClient,
  type AnyBulkWriteOperation,
  type Collection,
  type Filter,
  type MongoClientOptions,
} from 'mongodb'
import type { MessageState } from '../../../contract/folding.js'
import { withDeadline } from '../../../lib/deadline.js'
import { RecadoError } from '../../../lib/errors.js'
import type { Event, Message } from '../../../gen/recado/v1/types.js'
import {
  toBlankUpdate,
  toEvent,
  toMessage,
  toMessageChange,
  toMessageState,
  toRecord,
  type EventRecord,
} from '../event-record.js'
import type { AppendResult, EventKey, EventRange, History, LogEnd, MessagePage } from '../history.js'
import { insertInOrder } from './insert.js'
import { toPortError } from './mongo-faults.js'

/** How MongoDB is reached. */
export type MongoOptions = {
  /** `mongodb://…/database`; without a database in it, `recado`. */
  url: string
}

type EventDocument = Omit<EventRecord, 'id'> & { _id: string }

/** So few updates are not worth a write of their own, and so many writes go at once. */
const MIN_UPDATES = 10
const MAX_WRITES = 8

/** So few ids are asked for one by one: a server that uses no index for a list of them (FerretDB 1.24) would read the whole channel. */
const MAX_LOOKUPS = 16

/** How long a ping waits: who asks whether the store is there wants to know soon. */
const PING_MS = 2_000

/** Connections that are open at once. */
const MAX_CONNECTIONS = 20

/** MongoDB 4.4 or newer. Connections are opened as they are needed, so it may be away for now. */
export function openMongoHistory({ url }: MongoOptions): History {
  return new MongoHistory(new MongoClient(url, clientOptions), databaseName(url))
}

/** A write is durable, and stays, before it is answered. */
const writeConcern = { w: 'majority', j: true, wtimeout: 5_000 } as const

const clientOptions: MongoClientOptions = {
  appName: 'recado',
  writeConcern: { w: writeConcern.w, journal: writeConcern.j, wtimeoutMS: writeConcern.wtimeout },
  // A read sees only what stays.
  readConcern: { level: 'majority' },
  ignoreUndefined: true,
  noDelay: true,
  maxPoolSize: MAX_CONNECTIONS,
  // A link that is silently dead is noticed within 10 s: by a command on it, then a last try of it elsewhere, or by the heartbeat.
  socketTimeoutMS: 6_000,
  serverSelectionTimeoutMS: 3_000,
  waitQueueTimeoutMS: 3_000,
  heartbeatFrequencyMS: 3_000,
  connectTimeoutMS: 3_000,
}

function databaseName(url: string): string {
  const name = /^[^:]+:\/\/[^/]+\/([^?]+)/.exec(url)?.[1]
  return name ? decodeURIComponent(name) : 'recado'
}

/** The log in one collection, `events`: a document an event. */
class MongoHistory implements History {
  readonly #client: MongoClient
  readonly #collection: Collection<EventDocument>
  #indexed: Promise<unknown> | undefined
  #closing: Promise<void> | undefined

  constructor(client: MongoClient, database: string) {
    this.#client = client
    this.#collection = client.db(database).collection('events')
  }

  append(events: readonly Event[]): Promise<AppendResult> {
    const documents = events.map(toDocument)
    return this.#run(async (collection) => {
      const refusedIndex = await insertInOrder(collection, documents, writeConcern)
      return refusedIndex === undefined ? { stored: 'all' } : { stored: 'some', refusedIndex }
    })
  }

  /** The text of a deleted message goes from its updates first: when its own document says so, it is gone everywhere. */
  async apply(states: readonly MessageState[]): Promise<void> {
    const deleted = states.filter(({ message }) => message.deletedAt !== undefined)
    await this.#write(deleted.flatMap(toBlankings))
    await this.#write(states.map(toApplication))
  }

  /** Some parts at once, for a server may take the updates of one part one after another. */
  async #write(updates: readonly AnyBulkWriteOperation<EventDocument>[]): Promise<void> {
    const parts: AnyBulkWriteOperation<EventDocument>[][] = []
    const size = Math.max(MIN_UPDATES, Math.ceil(updates.length / MAX_WRITES))
    for (let from = 0; from < updates.length; from += size) parts.push(updates.slice(from, from + size))
    await Promise.all(
      parts.map((part) => this.#run((collection) => collection.bulkWrite(part, { ordered: false }))),
    )
  }

  async find(keys: readonly EventKey[]): Promise<Event[]> {
    return (await this.#find(keys)).map(toEvent)
  }

  async states(keys: readonly EventKey[]): Promise<MessageState[]> {
    const records = await this.#find(keys)
    return records.filter(({ kind }) => kind === 'message').map(toMessageState)
  }

  async #find(keys: readonly EventKey[]): Promise<EventRecord[]> {
    const byChannel = new Map<string, string[]>(keys.map(({ channelId }) => [channelId, []]))
    for (const { channelId, id } of keys) byChannel.get(channelId)?.push(id)
    const found = await inParts([...byChannel], ([channelId, ids]) => this.#findIn(channelId, ids))
    return found.flat().map(fromDocument)
  }

  #findIn(channelId: string, ids: readonly string[]): Promise<EventDocument[]> {
    return this.#run(async (collection) => {
      const one = (_id: string) => collection.findOne({ channel_id: channelId, _id })
      if (ids.length <= MAX_LOOKUPS)
        return (await Promise.all(ids.map(one))).filter((document) => document !== null)
      const filter = { channel_id: channelId, _id: { $in: [...ids] } }
      return collection.find(filter).batchSize(ids.length).toArray()
    })
  }

  async endsPast(places: readonly { channelId: string; seq: number }[]): Promise<Map<string, LogEnd>> {
    const ends = await inParts(places, (place) => this.#endPast(place))
    return new Map(ends.flatMap((end) => end ?? []))
  }

  /** Seldom is there anything: then one key of the index is the whole read. */
  #endPast({ channelId, seq }: { channelId: string; seq: number }): Promise<[string, LogEnd][] | undefined> {
    return this.#run(async (collection) => {
      const projection = { _id: 0, seq: 1, count: 1 }
      const next = { channel_id: channelId, seq: seq + 1 }
      if (!(await collection.findOne(next, { projection }))) return undefined
      const options = { sort: { seq: -1 }, projection } as const
      const end = await collection.findOne<LogEnd>({ channel_id: channelId }, options)
      return end ? [[channelId, end]] : undefined
    })
  }

  async latest(channelId: string, limit: number): Promise<Event[]> {
    const newest = await this.#read({ channel_id: channelId, seq: { $gt: 0 } }, -1, limit)
    return newest.reverse().map(toEvent)
  }

  async events({ channelId, since, upTo, limit }: EventRange): Promise<Event[]> {
    const records = await this.#read({ channel_id: channelId, seq: { $gt: since, $lte: upTo } }, 1, limit)
    return records.map(toEvent)
  }

  async messages({ channelId, after, upTo, limit, pick }: MessagePage): Promise<Message[]> {
    const filter = { channel_id: channelId, kind: 'message', seq: { $gt: after, $lte: upTo } } as const
    const records = await this.#read(filter, pick === 'oldest' ? 1 : -1, limit)
    return (pick === 'oldest' ? records : records.reverse()).map(toMessage)
  }

  forget(channelId: string, limit: number): Promise<number> {
    return this.#run(async (collection) => {
      const options = { sort: { seq: 1 }, skip: limit - 1, projection: { _id: 0, seq: 1 } } as const
      const last = await collection.findOne({ channel_id: channelId }, options)
      const upTo = last ? { seq: { $lte: last.seq } } : {}
      const { deletedCount } = await collection.deleteMany({ channel_id: channelId, ...upTo })
      return deletedCount
    })
  }

  async ping(): Promise<void> {
    const answer = this.#run((collection) => collection.db.command({ ping: 1 }))
    await withDeadline(PING_MS, answer, 'The message store does not answer.')
  }

  close(): Promise<void> {
    this.#closing ??= this.#client.close()
    return this.#closing
  }

  async #read(filter: Filter<EventDocument>, order: 1 | -1, limit: number): Promise<EventRecord[]> {
    if (limit === 0) return [] // to MongoDB, 0 is no limit
    const cursor = (collection: Collection<EventDocument>) =>
      collection.find(filter).sort({ seq: order }).limit(limit).batchSize(limit)
    const documents = await this.#run((collection) => cursor(collection).toArray())
    return documents.map(fromDocument)
  }

  async #run<T>(work: (collection: Collection<EventDocument>) => Promise<T>): Promise<T> {
    if (this.#closing) throw new RecadoError('unavailable', 'The message store is closed.')
    try {
      await this.#ensureIndexes()
      return await work(this.#collection)
    } catch (error) {
      throw toPortError(error)
    }
  }

  /** Before the first use, which may be long after the start; tried again by the next use where it failed. */
  async #ensureIndexes(): Promise<void> {
    this.#indexed ??= this.#createIndexes()
    try {
      await this.#indexed
    } catch (error) {
      this.#indexed = undefined
      throw error
    }
  }

  async #createIndexes(): Promise<void> {
    await this.#collection.createIndex({ channel_id: 1, seq: 1 }, { unique: true })
    await this.#collection.createIndex({ channel_id: 1, kind: 1, seq: 1 })
  }
}

/** Does so much at once as there are connections: what waits for one too long is given up. */
async function inParts<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let from = 0; from < items.length; from += MAX_CONNECTIONS)
    done.push(...(await Promise.all(items.slice(from, from + MAX_CONNECTIONS).map(work))))
  return done
}

/**
 * What changes a message's document, unless it is as far already. Each of these updates finds one document; FerretDB 1.24 never gives
 * back the connection of an `updateOne` that does.
 */
function toApplication(state: MessageState): AnyBulkWriteOperation<EventDocument> {
  const { id: _id, channelId: channel_id } = state.message
  const filter = { _id, channel_id, 'details.changed_seq': { $not: { $gte: state.changedSeq } } }
  return { updateMany: { filter, update: { $set: toMessageChange(state) } } }
}

/** What takes a deleted message's text out of the documents of its updates. */
function toBlankings(state: MessageState): AnyBulkWriteOperation<EventDocument>[] {
  const update = { $set: toBlankUpdate(state) }
  const { channelId: channel_id } = state.message
  return state.updateSeqs.map((seq) => ({ updateMany: { filter: { channel_id, seq }, update } }))
}

function toDocument(event: Event): EventDocument {
  const { id, ...fields } = toRecord(event)
  return Object.assign({ _id: id }, fields)
}

function fromDocument({ _id, ...fields }: EventDocument): EventRecord {
  return { id: _id, ...fields }
}
