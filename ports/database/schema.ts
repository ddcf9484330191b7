import type { ColumnType, Generated } from 'kysely'

type Default<T> = ColumnType<T, T | undefined, T>

/** Every table of the relational database, as core's migrations leave it. Times are `Date`, UTC; counts are numbers. */
export type Schema = {
  users: UsersTable
  blocks: BlocksTable
  sessions: SessionsTable
  servers: ServersTable
  channels: ChannelsTable
  members: MembersTable
  roles: RolesTable
  overrides: OverridesTable
  invites: InvitesTable
  bans: BansTable
  turns: TurnsTable
  audit_entries: AuditEntriesTable
  revocations: RevocationsTable
  refusals: RefusalsTable
  requests: RequestsTable
  deletions: DeletionsTable
  direct_members: DirectMembersTable
  happenings: HappeningsTable
  read_states: ReadStatesTable
  server_levels: ServerLevelsTable
  channel_levels: ChannelLevelsTable
  notifications: NotificationsTable
  account_deletions: AccountDeletionsTable
  retentions: RetentionsTable
  retention_positions: RetentionPositionsTable
  search_positions: SearchPositionsTable
  search_messages: SearchMessagesTable
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
  /** Empty: the username is shown. */
  display_name: Default<string>
  about: Default<string>
  /** Null while the account is there. The row outlives it, for what was written names its author. */
  deleted_at: Default<Date | null>
}

/** Who wants to hear nothing of whom. */
export type BlocksTable = {
  user_id: string
  blocked_id: string
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
  /** What the role `everyone` permits, as a bit mask. That role has no row: its id is the server's. */
  everyone_permissions: Default<number>
  member_count: Default<number>
  created_at: Default<Date>
  /** Messages older than so many days are deleted; null: kept. */
  retention_days: Default<number | null>
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
  topic: Default<string>
  /** Seconds between two messages of a member; 0: no slow mode. */
  slow_mode_s: Default<number>
  /** The override of the role `everyone`, as bit masks. */
  everyone_allow: Default<number>
  everyone_deny: Default<number>
  created_at: Default<Date>
}

/** Who is in which server. */
export type MembersTable = {
  server_id: string
  user_id: string
  joined_at: Default<Date>
  /** The roles that were given. Some may be deleted: those count for nothing. */
  role_ids: Default<string[]>
}

/** Roles, but for `everyone`. */
export type RolesTable = {
  id: string
  server_id: string
  name: string
  /** A bit mask. */
  permissions: number
  /** From 1; the next is higher. */
  position: number
}

/** What a role may do otherwise in a channel, as bit masks. */
export type OverridesTable = {
  channel_id: string
  role_id: string
  allow: number
  deny: number
}

/** Ways into servers. */
export type InvitesTable = {
  code: string
  server_id: string
  created_by: string
  uses: Default<number>
  /** Null: any number. */
  max_uses: number | null
  /** Null: never. */
  expires_at: Date | null
  created_at: Default<Date>
}

/** Who may not be a member. */
export type BansTable = {
  server_id: string
  user_id: string
  banned_by: string
  reason: string | null
  banned_at: Default<Date>
}

/** When somebody last wrote in a channel with slow mode, and by which nonces lately; kept for the longest slow mode. */
export type TurnsTable = {
  channel_id: string
  user_id: string
  taken_at: Default<Date>
  nonces: Default<string[]>
}

/** Who did what in a server; kept 90 days. */
export type AuditEntriesTable = {
  id: string
  server_id: string
  actor_id: string
  /** The contract's number of the action. */
  action: number
  target_id: string | null
  reason: string | null
  created_at: Default<Date>
}

/** The append-only log of lost rights. Positions become visible in their order. */
export type RevocationsTable = {
  position: Generated<number>
  kind: 'member_removed' | 'signed_out' | 'channel_deleted' | 'server_deleted' | 'rights_changed'
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

/** Who is in which direct. It never changes. */
export type DirectMembersTable = {
  channel_id: string
  user_id: string
}

/** The append-only log of what `server:` and `user:` topics tell. Positions become visible in their order. */
export type HappeningsTable = {
  position: Generated<number>
  /** As it is joined: `server:<id>` or `user:<id>`. */
  topic: string
  /** An encoded `Happening`, without its position and topic. */
  body: Uint8Array
  created_at: Default<Date>
}

/** How far users have read; no row: not at all. Never goes back. */
export type ReadStatesTable = {
  channel_id: string
  user_id: string
  read_seq: number
  /** How many messages the channel had at that event. */
  read_count: number
}

/** What a member wants to be told of in a server; no row: mentions. */
export type ServerLevelsTable = {
  server_id: string
  user_id: string
  level: NotificationLevel
}

/** What a user wants to be told of in a channel; no row: as in its server. */
export type ChannelLevelsTable = {
  channel_id: string
  user_id: string
  level: NotificationLevel
}

/** What somebody wants to be told of. */
export type NotificationLevel = 'all' | 'mentions' | 'none'

/** Messages that users are to be told of. What they have read past counts no more and goes with the next reading. */
export type NotificationsTable = {
  position: Generated<number>
  /** Empty: everybody who may view the channel. */
  user_id: string
  channel_id: string
  message_id: string
  sender_id: string
  seq: number
  /** How many messages the channel had with this one. */
  count: number
  kind: NotificationKind
  created_at: Default<Date>
}

/** Why somebody is told of a message. */
export type NotificationKind = 'mention' | 'direct' | 'reply' | 'message'

/** Deleted accounts of which something may be left. */
export type AccountDeletionsTable = {
  user_id: string
  deleted_at: Default<Date>
  /** When a core may take it up. */
  due_at: Default<Date>
}

/** Servers that keep messages for a time. */
export type RetentionsTable = {
  server_id: string
  /** When a core may take it up. */
  due_at: Default<Date>
}

/** How far the messages of channels are deleted for their age. */
export type RetentionPositionsTable = {
  channel_id: string
  seq: number
}

/** How far each channel's events are indexed. */
export type SearchPositionsTable = {
  channel_id: string
  epoch: string
  seq: number
  /** The rebuild that it was begun for. */
  generation: number
  /** Counts how often it was begun anew. */
  pass: Default<number>
  /** Whether nothing is left of an earlier pass. */
  is_clean: Default<boolean>
  /** Until then a core works on it. */
  claimed_until: Default<Date>
}

/** The words of messages; the messages themselves are in the log. */
export type SearchMessagesTable = {
  id: string
  channel_id: string
  author_id: Default<string>
  sent_at: Date
  /** The pass that has found it. */
  pass: number
  /** A `tsvector`: words, and the marks that searches are narrowed by. */
  words: string
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
