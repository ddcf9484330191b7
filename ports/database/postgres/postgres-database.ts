import type { Database } from '../database.js'
import { PooledDatabase } from './pooled-database.js'

/** How PostgreSQL is reached. */
export type PostgresOptions = {
  /** `postgres://user:password@host:port/database`. */
  url: string
  /** Connections that are open at once. Default: 10. */
  maxConnections?: number
  /** What takes longer is ended with `unavailable`. Default: 7,000. */
  statementTimeoutMs?: number
}

/** To open a connection, or to wait for one. */
const CONNECT_TIMEOUT_MS = 5_000

/** What the server's own limit gets on top, before the connection is taken for dead: within 10 s in all. */
const ANSWER_GRACE_MS = 2_000

/** What we rely on, whatever the server, the database or the user is set to. */
const settings = {
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  client_encoding: 'UTF8',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
}

/** PostgreSQL 15 or newer. Connections are opened as they are needed, so it may be away for now. */
export function openPostgresDatabase(options: PostgresOptions): Database {
  const { url, maxConnections = 10, statementTimeoutMs = 7_000 } = options
  return new PooledDatabase({
    connectionString: withSettings(url),
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

/** The settings travel with the first words of a connection; options that the URL has stay, where they are others. */
function withSettings(url: string): string {
  const parsed = new URL(url)
  const own = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  const given = parsed.searchParams.get('options')
  parsed.searchParams.set('options', [...(given === null ? [] : [given]), ...own].join(' '))
  return parsed.href
}
