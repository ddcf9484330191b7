import type { IncomingMessage } from 'node:http'
import type { Log } from '../../lib/log.js'
import type { SocketHandler } from './handler.js'
import type { OriginRule } from '../../lib/origins.js'

/** What a server is made from. */
export type PhoenixServerOptions<C> = {
  /** Where clients connect, without `/websocket`: `/socket` serves `/socket/websocket`. */
  mount: string
  handler: SocketHandler<C>
  log: Log
} & Partial<PhoenixSettings>

/** What can be set, each with its default in {@link defaultSettings}. */
export type PhoenixSettings = {
  /** Which pages may connect. Default: those of the request's own host. */
  origins: OriginRule
  /** A connection from which no frame came for so long is closed with 1002, up to a twentieth later. Default 60,000; clients send a heartbeat every 30 s. */
  idleTimeoutMs: number
  /** Bound of `connect`; beyond it 503. Default 10,000. */
  connectTimeoutMs: number
  /** Bound of a join, from its arrival; below the 10 s after which clients give up. Default 9,000. */
  joinTimeoutMs: number
  /** After a close frame, how long the peer may take to close before its socket is dropped. Default 2,000. */
  closeGraceMs: number
  /** The largest inbound message; beyond it 1009. Default 64 KiB. */
  maxFrameBytes: number
  /** Topics that a connection has joined or is joining; beyond it a join is refused. Default 100, as Phoenix. */
  maxTopicsPerConnection: number
  /** Of a connection: what may wait to be written while the client takes none of it for `stallTimeoutMs` and, apart, what may wait for joins; beyond either 1013. Default 1 MiB. */
  maxBufferedBytes: number
  /** Of a connection: what may wait to be written at all, as of what one tick brings; beyond it 1013. Default 16 MiB. */
  maxBurstBytes: number
  /** How long a client for whom more than `maxBufferedBytes` wait may take none of it. Default 1,000. */
  stallTimeoutMs: number
  /** Open connections and those being decided about; beyond it 503. Default 20,000. */
  maxConnections: number
  /** The client's address; set it where a proxy stands in front. Default: the socket's peer. */
  remoteAddress: (request: IncomingMessage) => string
}

/** The defaults of {@link PhoenixSettings}. */
export const defaultSettings: Readonly<PhoenixSettings> = {
  origins: 'host',
  idleTimeoutMs: 60_000,
  connectTimeoutMs: 10_000,
  joinTimeoutMs: 9_000,
  closeGraceMs: 2_000,
  maxFrameBytes: 64 * 1024,
  maxTopicsPerConnection: 100,
  maxBufferedBytes: 1024 * 1024,
  maxBurstBytes: 16 * 1024 * 1024,
  stallTimeoutMs: 1_000,
  maxConnections: 20_000,
  remoteAddress: (request) => request.socket.remoteAddress ?? '',
}
