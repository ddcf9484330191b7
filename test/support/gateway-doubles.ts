/** What unit tests of the gateway put in the place of sockets: the interfaces of the Phoenix handler, in memory. */
import type { User } from '../../gateway/connections/user.js'
import type { Connection, Join } from '../../gateway/phoenix/handler.js'
import type { Broadcast } from '../../gateway/phoenix/wire/broadcast.js'
import { serializerV2 } from '../../gateway/phoenix/wire/serializer-v2.js'
import type { Event } from '../../gen/recado/v1/types.js'
import { createLog } from '../../lib/log.js'

/** A log that says nothing. */
export const silentLog = createLog({ level: 'silent', program: 'test' })

/** An open connection in memory: what it gets is kept, and closing it ends its joins, as on a socket. */
export class MemoryConnection implements Connection<User> {
  static #count = 0
  readonly id = `connection-${++MemoryConnection.#count}`
  readonly state: User
  readonly remoteAddress: string
  readonly bufferedBytes = 0
  /** `[topic, event, payload]` of each frame. */
  readonly frames: unknown[][] = []
  readonly joins = new Set<MemoryJoin>()
  closedWith: number | undefined

  constructor(user: Partial<User> & { id: string }, remoteAddress = '10.0.0.1') {
    this.state = { sessionId: `session of ${user.id}`, position: 0, endsAt: Infinity, ...user }
    this.remoteAddress = remoteAddress
  }

  deliver(broadcast: Broadcast): void {
    const frame = broadcast.encodedBy(serializerV2)!
    const message = JSON.parse(frame.subarray(frame.indexOf('[')).toString()) as unknown[]
    this.frames.push(message.slice(2))
  }

  close(code: number): void {
    this.closedWith ??= code
    for (const join of this.joins) join.end()
  }

  /** The seqs of the messages that it got. */
  get seqs(): unknown[] {
    return this.frames.map(([, , payload]) => (payload as { seq: number }).seq)
  }
}

/** A join in memory. */
export class MemoryJoin implements Join<User> {
  readonly connection: MemoryConnection
  readonly topic: string
  readonly joinRef = '1'
  isJoined = true
  endedBy: 'close' | 'crash' | 'end' | undefined
  readonly #left: (join: Join<User>) => void

  /** `left` is called once, when it ends. */
  constructor(
    connection: MemoryConnection,
    topic: string,
    left: (join: Join<User>) => void = () => undefined,
  ) {
    this.connection = connection
    this.topic = topic
    this.#left = left
    connection.joins.add(this)
  }

  push(event: string, payload: object): void {
    if (this.isJoined) this.connection.frames.push([this.topic, event, payload])
  }

  close(): void {
    this.end('close')
  }

  crash(): void {
    this.end('crash')
  }

  end(how: 'close' | 'crash' | 'end' = 'end'): void {
    if (!this.isJoined) return
    this.isJoined = false
    this.endedBy = how
    this.connection.joins.delete(this)
    this.#left(this)
  }
}

/** A stored message as an event. */
export function messageEvent(channelId: string, seq: number, content = 'text', epoch = 'e'): Event {
  const id = `${channelId}-${seq}`
  const message = {
    id,
    channelId,
    serverId: 's',
    senderId: 'u',
    content,
    timestamp: '2026-01-03T12:00:00.000Z',
    seq,
    count: seq,
    nonce: undefined,
    replyTo: undefined,
    data: undefined,
    sentAt: undefined,
    mentions: [],
    mentionsEveryone: false,
    reactions: [],
    isFinal: false,
  }
  return {
    id,
    channelId,
    seq,
    count: seq,
    epoch,
    attempt: `try-${id}`,
    what: { $case: 'message', value: message },
  }
}
