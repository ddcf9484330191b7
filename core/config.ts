import type { TlsFiles } from '../lib/grpc/credentials.js'

/** How long a sign-in lasts when nothing else is said, in days. */
export const DEFAULT_SESSION_DAYS = 30

/** Partitions of a queue that has none yet, when nothing else is said. */
export const DEFAULT_PARTITIONS = 8

/** Words are indexed as they are, in every language alike, when nothing else is said. */
export const DEFAULT_SEARCH_LANGUAGE = 'simple'

/** Everything that core is told from outside. */
export type CoreConfig = {
  /** The address that gRPC listens on. */
  host: string
  /** gRPC's port; 0: any free one. */
  port: number
  /** Files for mutual TLS; undefined: plain text, guarded by the service token. */
  tls: TlsFiles | undefined
  /** What callers must send; undefined only with mutual TLS. */
  serviceToken: string | undefined
  /** Signs the tokens of sessions; the same in every core. */
  authSecret: string
  /** How long a sign-in lasts, in days. Default {@link DEFAULT_SESSION_DAYS}. */
  sessionDays?: number
  /** How many partitions the queue has; undefined: as many as it has already, else the default. */
  partitions: number | undefined
  /** PostgreSQL's configuration of text search that messages are indexed by. Default {@link DEFAULT_SEARCH_LANGUAGE}. */
  searchLanguage?: string
  /** How many a queue gets that has none yet. Default {@link DEFAULT_PARTITIONS}. */
  defaultPartitions?: number
}
