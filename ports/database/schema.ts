import type { ColumnType, Generated } from 'kysely'

type Default<T> = ColumnType<T, T | undefined, T>

/** Every table of the relational database, as core's migrations leave it. Times are `Date`, UTC; counts are numbers. */
export type Schema = {
  users: UsersTable
  sessions: SessionsTable
  servers: ServersTable
  channels: ChannelsTable
  members: MembersTable
  revocations: RevocationsTable
  refusals: RefusalsTable
  requests: RequestsTable
  deletions: DeletionsTable
  settings: SettingsTable
  migrations: MigrationsTable
}

/** Who can sign in. */
export type UsersTable = {
  id: string
  /** As it was typed. */
  username: string
  /** The form that is unique; null for who was there before it was and looks like another. */
  username_fold: Default<string | null>
  /** argon2id, in PHC's string format. */
  password_hash: string
  created_at: Default<Date>
}

/** One row a sign-in; gone once it is signed out or expired. */
export type SessionsTable = {
  id: string
  user_id: string
  created_at: Default<Date>
  expires_at: Date
}

/** Groups of channels. */
export type ServersTable = {
  id: string
  name: string
  owner_id: string
  announcement_channel_id: string
  /** Folded, compared with whole words of a text. */
  blocked_words: Default<string[]>
  created_at: Default<Date>
}

/** Channels with their heads. `head_seq`, `message_count` and the last message are raised by the consumer, never lowered. */
export type ChannelsTable = {
  id: string
  /** Null for a direct. */
  server_id: string | null
  name: string
  epoch: string
  head_seq: Default<number>
  message_count: Default<number>
  last_message_id: Default<string | null>
  last_message_at: Default<Date | null>
  created_at: Default<Date>
}

/** Who is in which server. */
export type MembersTable = {
  server_id: string
  user_id: string
  joined_at: Default<Date>
}

/** The append-only log of lost rights. Positions become visible in their order. */
export type RevocationsTable = {
  position: Generated<number>
  kind: 'member_removed' | 'signed_out' | 'channel_deleted' | 'server_deleted'
  server_id: string | null
  user_id: string | null
  session_id: string | null
  channel_id: string | null
  created_at: Default<Date>
}

/** What the consumer refused; kept a day. */
export type RefusalsTable = {
  id: string
  attempt: string
  channel_id: string
  /** gRPC's number of the code. */
  code: number
  /** The reason's stable name. */
  reason: string
  message: string
  created_at: Default<Date>
}

/** What was made on a request with a name of its own; kept a day, so that a repeat makes no second. */
export type RequestsTable = {
  /** Whose names these are. */
  actor: string
  request_id: string
  /** A hash of all that was asked for. */
  fingerprint: string
  result_id: string
  created_at: Default<Date>
}

/** Deleted channels whose events are still to leave the log. */
export type DeletionsTable = {
  channel_id: string
  deleted_at: Default<Date>
  due_at: Default<Date>
}

/** Facts that all programs must agree on, such as the number of partitions. */
export type SettingsTable = {
  name: string
  value: string
}

/** One row for each of core's migrations that has run. */
export type MigrationsTable = {
  /** From 1, without gaps. */
  version: number
  name: string
  applied_at: Default<Date>
}
