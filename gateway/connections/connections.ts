import { toNetwork } from '../../lib/address.js'
import type { Connection, Join } from '../phoenix/handler.js'
import { closeCodes } from '../phoenix/wire/close-codes.js'
import type { User } from './user.js'

/** Those on this gateway who have joined a topic. */
export type JoinedTopic = {
  readonly name: string
  /** The server that it belongs to; empty for a direct. */
  readonly serverId: string
  /** A connection joins a topic once at a time. */
  readonly joins: ReadonlyMap<Connection<User>, Join<User>>
}

type OpenTopic = JoinedTopic & { joins: Map<Connection<User>, Join<User>> }

/** Who is connected, and has joined what: by user, session, address, topic and server, so that nobody looks through all of them. */
export class Connections {
  readonly #open = new Set<Connection<User>>()
  readonly #byUser = new Index<Connection<User>>()
  readonly #bySession = new Index<Connection<User>>()
  readonly #byNetwork = new Index<Connection<User>>()
  readonly #topics = new Map<string, OpenTopic>()
  readonly #byServer = new Index<OpenTopic>()

  /** How many are open. */
  get size(): number {
    return this.#open.size
  }

  /** Has every client connect again. */
  sendAway(): void {
    for (const connection of [...this.#open]) connection.close(closeCodes.restart, 'connect again')
  }

  /** A connection has opened. */
  add(connection: Connection<User>): void {
    const { id, sessionId } = connection.state
    this.#open.add(connection)
    this.#byUser.add(id, connection)
    this.#bySession.add(sessionId, connection)
    this.#byNetwork.add(toNetwork(connection.remoteAddress), connection)
  }

  /** A connection is gone; its joins have left before. */
  remove(connection: Connection<User>): void {
    const { id, sessionId } = connection.state
    this.#open.delete(connection)
    this.#byUser.delete(id, connection)
    this.#bySession.delete(sessionId, connection)
    this.#byNetwork.delete(toNetwork(connection.remoteAddress), connection)
  }

  /** Whether it is open. */
  has(connection: Connection<User>): boolean {
    return this.#open.has(connection)
  }

  /** The connections of a user. */
  ofUser(userId: string): ReadonlySet<Connection<User>> {
    return this.#byUser.get(userId)
  }

  /** The connections of a session. */
  ofSession(sessionId: string): ReadonlySet<Connection<User>> {
    return this.#bySession.get(sessionId)
  }

  /** The connections that come from an address; of IPv6 from its /64. */
  ofAddress(address: string): ReadonlySet<Connection<User>> {
    return this.#byNetwork.get(toNetwork(address))
  }

  /** A join gets the topic's events from now on. */
  join(join: Join<User>, serverId: string): void {
    const topic = this.#topics.get(join.topic) ?? this.#openTopic(join.topic, serverId)
    topic.joins.set(join.connection, join)
  }

  /** A join has ended. */
  leave(join: Join<User>): void {
    const topic = this.#topics.get(join.topic)
    if (topic?.joins.get(join.connection) !== join) return
    topic.joins.delete(join.connection)
    if (topic.joins.size > 0) return
    this.#topics.delete(topic.name)
    this.#byServer.delete(topic.serverId, topic)
  }

  /** A topic, if anybody has joined it. */
  topic(name: string): JoinedTopic | undefined {
    return this.#topics.get(name)
  }

  /** The topics of a server that anybody has joined. */
  topicsOf(serverId: string): ReadonlySet<JoinedTopic> {
    return this.#byServer.get(serverId)
  }

  #openTopic(name: string, serverId: string): OpenTopic {
    const topic: OpenTopic = { name, serverId, joins: new Map() }
    this.#topics.set(name, topic)
    this.#byServer.add(serverId, topic)
    return topic
  }
}

const nothing: ReadonlySet<never> = new Set()

/** Sets by key; a key without values is forgotten. */
class Index<T extends object> {
  readonly #sets = new Map<string, Set<T>>()

  add(key: string, value: T): void {
    const set = this.#sets.get(key)
    if (set) set.add(value)
    else this.#sets.set(key, new Set([value]))
  }

  delete(key: string, value: T): void {
    const set = this.#sets.get(key)
    set?.delete(value)
    if (set?.size === 0) this.#sets.delete(key)
  }

  get(key: string): ReadonlySet<T> {
    return this.#sets.get(key) ?? nothing
  }
}
