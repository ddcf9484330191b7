import type { Database } from '../database.js'
import { PooledDatabase } from './pooled-database.js'

/** How PostgreSQL is reached. */
export type PostgresOptions = {
  /** `postgres://user:password@host:port/database`. */
  url: string
  /** Connections that are open at once. Default: 10. */
  maxConnections?: number
  /** What takes longer is ended with `unavailable`. Default: 15,000. */
  statementTimeoutMs?: number
}

/** To open a connection, or to wait for one. */
const CONNECT_TIMEOUT_MS = 5_000

/** What the server's own limit gets on top, before the connection is taken for dead. */
const ANSWER_GRACE_MS = 5_000

/** PostgreSQL 15 or newer. Connections are opened as they are needed, so it may be away for now. */
export function openPostgresDatabase(options: PostgresOptions): Database {
  const { url, maxConnections = 10, statementTimeoutMs = 15_000 } = options
  return new PooledDatabase({
    connectionString: url,
    application_name: 'recado',
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  })
}
