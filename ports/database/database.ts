import type { Kysely, Transaction } from 'kysely'
import type { Schema } from './schema.js'

/**
 * The relational database: the truth about users, servers, channels, members, rights and heads.
 *
 * Callers never hold a handle: each callback gets the only one that it may use and nothing of it may be kept. One adapter has a
 * single connection, so a callback must not call `read` or `write` again, nor wait for the network: it would wait for itself.
 */
export interface Database {
  /** Runs statements outside a transaction; each sees what was committed before it. */
  read<T>(work: (handle: Kysely<Schema>) => Promise<T>): Promise<T>

  /**
   * Runs `work` in one transaction: all of it is there, durably, when the promise resolves, or nothing when it rejects.
   * Isolation is READ COMMITTED.
   */
  write<T>(work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T>

  /**
   * Runs changes of the schema, which take as long as they take: on one connection, outside a transaction, without a limit on how
   * long a statement runs. The handle may begin transactions.
   */
  maintain<T>(work: (handle: Kysely<Schema>) => Promise<T>): Promise<T>

  /** Resolves when the server answers; rejects with `unavailable`, at the latest after two seconds. */
  ping(): Promise<void>

  /** Waits for what runs and lets go of the connections. Calling again changes nothing. */
  close(): Promise<void>
}

/*
 * Errors, of both adapters alike: a lost, silent or refused connection, and a server that cannot do it now, are a `RecadoError`
 * `unavailable`; a violated constraint, data that cannot be and other SQL errors are thrown as they are, with PostgreSQL's
 * five-character `code` (23505 for a unique key). A connection that is silently dead is noticed within 10 s, with all older ones.
 */
