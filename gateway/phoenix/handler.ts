import type { Broadcast } from './wire/broadcast.js'
import type { CloseCode } from './wire/close-codes.js'
import type { Ref } from './wire/message.js'

/** Who wants to connect. */
export type ConnectParams = {
  /** The `authToken` of Phoenix's subprotocol, else the `token` parameter; undefined when there is neither. */
  token: string | undefined
  /** Every query parameter by its name as sent (`a[b]` stays `a[b]`); of equal names the last. Holds secrets: never log it. */
  params: Readonly<Record<string, string>>
  /** The client's address, by the server's `remoteAddress` option. */
  remoteAddress: string
}

/** What the application mounts on a server. `C` is what it keeps for each connection (the user, say). */
export interface SocketHandler<C> {
  /**
   * Decides about a connection before the WebSocket exists. Must not take anything that has to be given back: the client may be gone
   * when it resolves, `connectTimeoutMs` may have passed, or the server may drain, and then nothing follows.
   *
   * @throws RefusedConnection to answer with its status; anything else answers 500 and is logged.
   */
  connect(params: ConnectParams): Promise<C>
  /**
   * The handler of a topic; undefined: `unmatched topic`. Asked at each join, so that it may return an object that holds
   * what belongs to that one join. No topic may be called `phoenix`.
   */
  topic(topic: string): TopicHandler<C> | undefined
  /** The connection is open; nothing has been read from it yet. */
  opened?(connection: Connection<C>): void
  /** The connection is gone and all its joins have ended. Exactly once for every `opened`. */
  closed?(connection: Connection<C>): void
}

/** Handles one topic for one connection, or many: the context says which. What it throws never reaches another join. */
export interface TopicHandler<C> {
  /**
   * Decides about a join. Two joins of one topic on one connection never run at the same time, and messages for the topic
   * wait meanwhile. `payload` is any JSON value, null being `{}`, or the bytes of a binary frame (`Uint8Array`). `signal` aborts when `joinTimeoutMs` has passed since
   * the request (the client is told `timeout`) and when the connection ends; it must then settle soon, for until it does the topic is busy.
   *
   * @throws JoinRefused to refuse; anything else is answered `join crashed` and logged.
   */
  join(context: Join<C>, payload: unknown, signal: AbortSignal): Promise<Joined>
  /**
   * Takes a message, its payload any JSON value or the bytes of a binary frame (`Uint8Array`). Called in order of arrival, and never waits for an earlier call to finish: what must keep the order
   * does so itself. `reply` may be called later, at most once, or never. Throwing or rejecting crashes the join.
   */
  push(context: Join<C>, event: string, payload: unknown, reply: Reply): void | Promise<void>
  /** The end of a join: leave, close, crash, a newer join, or the connection's end. Exactly once for every `join` that resolved. */
  left?(context: Join<C>): void
}

/** What a successful join answers. */
export type Joined = {
  /** The reply's response, a `Uint8Array` as in {@link Reply}. A function is called right before it is written, in the same turn: nothing comes between. */
  response: object | (() => object)
  /** Called in the same turn, behind the reply: the place to start receiving live frames. Throwing crashes the join. */
  attached?: () => void
}

/**
 * Answers a message. `status` is `ok`, `error` or any word the client understands. Only the first call counts, and none
 * once the join has ended. A `Uint8Array` goes out as a binary frame, with which a status has at most 255 bytes.
 *
 * @throws Error when the response is binary and the client speaks version 1, which has no such frames.
 */
export type Reply = (status: string, response: object) => void

/** One join of one topic on one connection. */
export interface Join<C> {
  readonly connection: Connection<C>
  readonly topic: string
  /** What its frames carry as join_ref: the request's, or where that was null its ref. */
  readonly joinRef: Ref
  /** Whether frames may still go to the client: true from the join reply to the end. */
  readonly isJoined: boolean
  /**
   * Sends an event to this client alone; nothing once the join has ended. A `Uint8Array` goes out as a binary frame.
   *
   * @throws Error before the join has been answered: what comes with a join goes into its response or into `attached`. And when the
   *   payload is binary and the client speaks version 1, which has no such frames.
   */
  push(event: string, payload: object): void
  /** Removes the client from the topic for good (`phx_close`: it does not come back by itself). While joining, the join is refused. */
  close(): void
  /** Ends the join as broken (`phx_error`: the client joins again). While joining, the join is refused. */
  crash(): void
}

/** One open WebSocket. */
export interface Connection<C> {
  /** Unique, for logs. */
  readonly id: string
  /** What `connect` resolved to. */
  readonly state: C
  readonly remoteAddress: string
  /** Bytes that wait to be written. A client that takes none of more than `maxBufferedBytes` is sent away with 1013. */
  readonly bufferedBytes: number
  /** Sends a broadcast; never waits. The caller sees to it that the connection has joined the topic. A binary one leaves clients of version 1 out. */
  deliver(broadcast: Broadcast): void
  /** Writes what is waiting, then closes. All joins end at once: nothing is sent after this. `reason`: at most 123 bytes. */
  close(code: CloseCode, reason?: string): void
}

/** Thrown by `connect`: the HTTP status that the client gets instead of a WebSocket, and why, in a body like those of HTTP errors. */
export class RefusedConnection extends Error {
  override readonly name = 'RefusedConnection'
  readonly status: 401 | 403 | 429 | 503
  /** Becomes `Retry-After`, in whole seconds. */
  readonly retryAfterMs: number | undefined

  /** `message` tells the reader what to do; it is shown. */
  constructor(status: 401 | 403 | 429 | 503, message: string, retryAfterMs?: number) {
    super(message)
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

/** Thrown by `join`: the client gets an `error` reply with this response. Clients try again by themselves. */
export class JoinRefused extends Error {
  override readonly name = 'JoinRefused'
  readonly response: object

  constructor(response: object) {
    super('join refused')
    this.response = response
  }
}
