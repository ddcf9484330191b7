import type { Log } from '../../lib/log.js'
import type { Connection } from './handler.js'
import type { JoinsHost } from './joins/joins.js'
import type { MalformedSenders } from './malformed-senders.js'
import type { OutboxHost } from './outbox/outbox.js'

/** Counted since the server's start. */
export type PhoenixCounts = {
  /** Connections that were opened. */
  opened: number
  /** Upgrade requests that got another status than 101. */
  refused: number
  /** Connections closed because they did not read fast enough (1013). */
  slowConsumers: number
  /** Connections closed because nothing came from them (1002). */
  idle: number
  /** Connections closed for a frame that is no message (1011), no UTF-8 (1007), too big (1009) or broken (1002). */
  malformed: number
}

/**
 * Measures silence in twentieths of the idle timeout. It ticks by a timer, so that a time in which the process stood still, and
 * read nothing, counts as one tick and not as silence of its clients.
 */
export type IdleClock = { ticks: number }

/** What all connections of a server share. */
export type ConnectionHost<C> = JoinsHost<C> & {
  outbox: OutboxHost
  idleClock: Readonly<IdleClock>
  counts: PhoenixCounts
  malformedSenders: MalformedSenders
  log: Log
  /** The connection's socket is gone. */
  removed(connection: Connection<C>): void
}
