import Type, { type Static, type TSchema } from 'typebox'
import { permissionNames, type PermissionName } from '../../contract/permissions.js'
import { limits } from '../../gen/limits.js'
import type { ErrorCode } from '../../lib/errors.js'
import { statuses } from './errors.js'

/** A time of RFC 3339. */
export const Time = (description: string) => Type.String({ format: 'date-time', description })

/** Any JSON object. */
export const Data = (description: string) =>
  Type.Unsafe<object>({ type: 'object', additionalProperties: true, description })

/** An id in a path, query or body. The bounds only keep nonsense away: ids are opaque. */
export const Id = (description: string) =>
  Type.String({ ...limits['recado.v1.QueuedCommand'].channel_id, description })

/** The query of a list in pages, with the limits of its request in the contract. A size of 0 is none there, and a mistake here. */
export const PageQuery = (
  asked: { page_size: { maximum: number }; page_token: { maxLength: number } },
  defaultSize = 100,
) =>
  Type.Object(
    {
      page_size: Type.Optional(
        Type.Integer({
          ...asked.page_size,
          minimum: 1,
          description: `At most so many; default ${defaultSize}.`,
        }),
      ),
      page_token: Type.Optional(
        Type.String({
          ...asked.page_token,
          description: "The previous page's `next_page_token`; absent for the first page.",
        }),
      ),
    },
    { additionalProperties: false },
  )

/** Where the next page of a list begins. */
export const nextPageToken = Type.Optional(
  Type.String({ description: 'Where the next page begins; absent on the last.' }),
)

/** An answer without a body. */
export const noContent = (description: string) => Type.Unsafe<undefined>({ type: 'null', description })

const User = Type.Object(
  {
    id: Type.String({ description: 'Never changes.' }),
    username: Type.String({
      description: '1-32 characters without control characters, unique; empty once the account is deleted.',
    }),
    created_at: Time('When the user was made, UTC.'),
    display_name: Type.Optional(
      Type.String({ description: 'The name to show, at most 64 characters; absent: the username.' }),
    ),
    about: Type.Optional(
      Type.String({ description: 'What the user says of themselves, at most 500 characters.' }),
    ),
    deleted_at: Type.Optional(Time('When the account was deleted, UTC; absent while it is there.')),
  },
  { $id: 'User', description: 'A person or program that writes and reads.' },
)

/** Some permissions, each once. */
export const Permissions = (description: string) =>
  Type.Unsafe<PermissionName[]>({
    type: 'array',
    items: { type: 'string', enum: [...permissionNames] },
    uniqueItems: true,
    description,
  })

const Role = Type.Object(
  {
    id: Type.String({ description: 'Never changes.' }),
    name: Type.String({ description: '1-100 characters without control characters.' }),
    permissions: Permissions('What it permits.'),
    position: Type.Integer({
      description:
        'Its height: 0 for `everyone`, which every member has and no member lists; above it rising.',
    }),
  },
  { $id: 'Role', description: 'A named set of permissions that members can have.' },
)

const Override = Type.Object(
  {
    role_id: Type.String({ description: 'The role.' }),
    allow: Permissions('What it permits there beyond what the roles do.'),
    deny: Permissions('What it takes away there.'),
  },
  { $id: 'Override', description: 'What a role may do otherwise in one channel.' },
)

const Channel = Type.Object(
  {
    id: Type.String({ description: 'Never changes.' }),
    server_id: Type.Optional(Type.String({ description: 'The server it belongs to; absent in a direct.' })),
    name: Type.Optional(
      Type.String({ description: '1-100 characters without control characters; absent in a direct.' }),
    ),
    created_at: Time('When the channel was made, UTC.'),
    topic: Type.Optional(
      Type.String({ description: 'What it is about, at most 1,000 characters; absent in a direct.' }),
    ),
    slow_mode_s: Type.Optional(
      Type.Integer({
        description:
          'How long, in seconds, a member waits after a message there before the next; 0: not at all. Absent in a direct.',
      }),
    ),
    overrides: Type.Optional(
      Type.Array(Type.Unsafe<Static<typeof Override>>({ $ref: 'Override#' }), {
        description: 'What roles may do otherwise there; absent in a direct.',
      }),
    ),
    user_ids: Type.Optional(
      Type.Array(Type.String(), { description: 'Everybody in it, oneself too; in a direct only.' }),
    ),
  },
  { $id: 'Channel', description: 'A place where people talk. Its events have one sequence.' },
)

const Server = Type.Object(
  {
    id: Type.String({ description: 'Never changes.' }),
    name: Type.String({ description: '1-100 characters without control characters.' }),
    owner_id: Type.String({ description: 'The member who may do everything.' }),
    announcement_channel_id: Type.String({
      description: 'The channel that messages to the whole server go to.',
    }),
    channels: Type.Array(
      Type.Object({ id: Type.String(), name: Type.String() }, { description: 'One of its channels.' }),
      { description: 'The channels that one may view, oldest first.' },
    ),
    roles: Type.Array(Type.Unsafe<Static<typeof Role>>({ $ref: 'Role#' }), {
      description: 'All roles, lowest first: `everyone`, whose id is that of the server, is the first.',
    }),
    created_at: Time('When the server was made, UTC.'),
    retention_days: Type.Optional(
      Type.Integer({ description: 'Messages older than so many days are deleted; absent: kept.' }),
    ),
  },
  { $id: 'Server', description: 'A group of channels with common members.' },
)

const Member = Type.Object(
  {
    user: Type.Unsafe<Static<typeof User>>({ $ref: 'User#' }),
    role_ids: Type.Array(Type.String(), {
      description: 'The roles that were given, without `everyone`, lowest first.',
    }),
    joined_at: Time('Since when, UTC.'),
  },
  { $id: 'Member', description: "A user's place in a server." },
)

const Invite = Type.Object(
  {
    code: Type.String({ description: 'What names it.' }),
    server_id: Type.String({ description: 'The server it leads to.' }),
    created_by: Type.String({ description: 'Who made it.' }),
    uses: Type.Integer({ description: 'How many became members by it.' }),
    max_uses: Type.Optional(Type.Integer({ description: 'How many may; absent: any number.' })),
    expires_at: Type.Optional(Time('Until when, UTC; absent: for ever.')),
    created_at: Time('When it was made, UTC.'),
  },
  { $id: 'Invite', description: 'A way into a server.' },
)

const Ban = Type.Object(
  {
    user_id: Type.String({ description: 'Who.' }),
    banned_by: Type.String({ description: 'Who banned them.' }),
    reason: Type.Optional(Type.String({ description: 'Why, where it was said.' })),
    banned_at: Time('When, UTC.'),
  },
  { $id: 'Ban', description: 'Somebody who may not be a member.' },
)

const AuditEntry = Type.Object(
  {
    id: Type.String({ description: 'Rises with time.' }),
    actor_id: Type.String({ description: 'Who did it.' }),
    action: Type.String({ description: 'What, in lower case, such as `user_banned`. More may be added.' }),
    target_id: Type.Optional(Type.String({ description: 'To whom or what; absent: to the server.' })),
    reason: Type.Optional(Type.String({ description: 'Why, where it was said.' })),
    at: Time('When, UTC.'),
  },
  { $id: 'AuditEntry', description: 'Something that somebody did in a server.' },
)

const Direct = Type.Object(
  {
    channel: Type.Unsafe<Static<typeof Channel>>({ $ref: 'Channel#' }),
    user: Type.Optional(
      Type.Unsafe<Static<typeof User>>({ $ref: 'User#', description: 'The other one; absent in a group.' }),
    ),
    users: Type.Array(Type.Unsafe<Static<typeof User>>({ $ref: 'User#' }), { description: 'All others.' }),
  },
  { $id: 'Direct', description: 'A channel without a server, as one of those in it sees it.' },
)

const Head = Type.Object(
  {
    epoch: Type.String({
      description: 'Changes when sequence numbers may have been given twice, as after a restore.',
    }),
    seq: Type.Integer({ description: "The number of the channel's latest event; 0 in an empty channel." }),
  },
  { $id: 'Head', description: 'How far a channel is now.' },
)

/** What somebody wants to be told of, by its word. */
export const Level = Type.Unsafe<'all' | 'mentions' | 'none'>({
  type: 'string',
  enum: ['all', 'mentions', 'none'],
  description: 'Of every message, of those that mention or answer oneself, of nothing.',
})

const ChannelState = Type.Object(
  {
    channel_id: Type.String(),
    server_id: Type.Optional(Type.String({ description: 'Its server; absent for a direct.' })),
    head: Type.Unsafe<Static<typeof Head>>({ $ref: 'Head#' }),
    read_seq: Type.Integer({ description: 'How far the user has read; 0: not at all.' }),
    unread: Type.Integer({ description: 'How many messages stand behind that. Changes do not count.' }),
    mentions: Type.Integer({ description: 'How many of them mention the user and are to be told of.' }),
    level: Level,
  },
  { $id: 'ChannelState', description: 'A channel as it stands for one user.' },
)

const written = {
  id: Type.String({ description: 'Derived from channel, sender and nonce: a repeat has the same.' }),
  channel_id: Type.String({ description: 'The channel it stands in.' }),
  sender_id: Type.String({ description: 'Who wrote it.' }),
  content: Type.String({ description: 'The text as sent.' }),
  timestamp: Time("The publisher's clock, UTC, in milliseconds. Order is by `seq` alone."),
  nonce: Type.Optional(Type.String({ description: "The sender's own key, where one was given." })),
  reply_to: Type.Optional(Type.String({ description: 'The id of the message that this one answers.' })),
  data: Type.Optional(Data('What the application sent along, as it was sent.')),
  sent_at: Type.Optional(Time("The sender's own clock, UTC, where one was given.")),
}

const Reaction = Type.Object(
  { emoji: Type.String(), user_ids: Type.Array(Type.String()) },
  { description: 'Everybody who reacted with one emoji, in the order of reacting.' },
)

const Message = Type.Object(
  {
    ...written,
    server_id: Type.Optional(Type.String({ description: "The channel's server." })),
    seq: Type.Integer({ description: 'Its number in the channel, from 1, without gaps within an epoch.' }),
    count: Type.Integer({ description: 'How many messages the channel had with this one.' }),
    mentions: Type.Optional(
      Type.Array(Type.String(), { description: 'The users that it mentions, and who may see the channel.' }),
    ),
    mentions_everyone: Type.Optional(Type.Literal(true, { description: 'It mentions everybody.' })),
    edited_at: Type.Optional(Time('When its text was changed last, UTC.')),
    deleted_at: Type.Optional(Time('When it was deleted, UTC; it keeps its place, and `content` is empty.')),
    reactions: Type.Optional(
      Type.Array(Reaction, { description: 'In the order of the first reaction with each emoji.' }),
    ),
  },
  { $id: 'Message', description: 'A stored message.' },
)

const Notification = Type.Object(
  {
    id: Type.String({ description: "Unique among the user's: the message's id." }),
    kind: Type.Unsafe<'mention' | 'direct' | 'reply' | 'message'>({
      type: 'string',
      enum: ['mention', 'direct', 'reply', 'message'],
      description: 'Why.',
    }),
    channel_id: Type.String(),
    server_id: Type.Optional(Type.String()),
    message: Type.Unsafe<Static<typeof Message>>({ $ref: 'Message#' }),
    at: Time('When it was noted, UTC.'),
  },
  { $id: 'Notification', description: 'A message that a user is told of.' },
)

const AcceptedChange = Type.Object(
  {
    id: Type.String({ description: "The change's own id." }),
    message_id: Type.String({ description: "The message's." }),
    channel_id: Type.String({ description: 'The channel it stands in.' }),
    state: Type.Literal('accepted'),
  },
  {
    $id: 'AcceptedChange',
    description: 'A change that will be stored; repeat it with its nonce to see it stored.',
  },
)

const AcceptedMessage = Type.Object(written, {
  $id: 'AcceptedMessage',
  description: 'A message that will be stored; it has no place in the channel yet.',
})

const Error = Type.Object(
  {
    error: Type.Object({
      code: Type.Unsafe<ErrorCode>({
        type: 'string',
        enum: Object.keys(statuses),
        description: "gRPC's name of the code, in lower case.",
      }),
      reason: Type.String({ description: 'The stable name of the reason, in upper case, to decide by.' }),
      message: Type.String({ description: 'What to know or do, in plain words.' }),
      retryable: Type.Boolean({ description: 'Whether the same request may succeed later.' }),
      details: Type.Optional(
        Type.Unsafe<Readonly<Record<string, string>>>({
          type: 'object',
          additionalProperties: { type: 'string' },
          description: 'Fields that are at fault, by name, each with what is wrong.',
        }),
      ),
    }),
  },
  { $id: 'Error', description: 'Every error looks like this.' },
)

/** The schemas that the routes refer to by name; the OpenAPI document shows each once. */
export const sharedSchemas: readonly TSchema[] = [
  User,
  Role,
  Override,
  Channel,
  Server,
  Member,
  Invite,
  Ban,
  AuditEntry,
  Direct,
  Head,
  ChannelState,
  Message,
  Notification,
  AcceptedMessage,
  AcceptedChange,
  Error,
]

/** A user as clients read it. */
export type UserJson = Static<typeof User>
/** A channel as clients read it. */
export type ChannelJson = Static<typeof Channel>
/** A server as clients read it. */
export type ServerJson = Static<typeof Server>
/** A member as clients read it. */
export type MemberJson = Static<typeof Member>
/** A direct as clients read it. */
export type DirectJson = Static<typeof Direct>
/** A role as clients read it. */
export type RoleJson = Static<typeof Role>
/** An invite as clients read it. */
export type InviteJson = Static<typeof Invite>
/** A ban as clients read it. */
export type BanJson = Static<typeof Ban>
/** An entry of the audit log as clients read it. */
export type AuditEntryJson = Static<typeof AuditEntry>
/** A channel's head as clients read it. */
export type HeadJson = Static<typeof Head>
/** A channel as it stands for one user, as clients read it. */
export type ChannelStateJson = Static<typeof ChannelState>
/** A message that a user is told of, as clients read it. */
export type NotificationJson = Static<typeof Notification>
/** A change that is accepted and not stored yet, as clients read it. */
export type AcceptedChangeJson = Static<typeof AcceptedChange>
/** A message that is accepted and not stored yet, as clients read it. */
export type AcceptedMessageJson = Static<typeof AcceptedMessage>

const refer = <T>(id: string) => Type.Unsafe<T>({ $ref: `${id}#` })

/** References to the shared schemas, for responses. */
export const refs = {
  user: refer<UserJson>('User'),
  channel: refer<ChannelJson>('Channel'),
  server: refer<ServerJson>('Server'),
  member: refer<MemberJson>('Member'),
  role: refer<RoleJson>('Role'),
  invite: refer<InviteJson>('Invite'),
  ban: refer<BanJson>('Ban'),
  auditEntry: refer<AuditEntryJson>('AuditEntry'),
  direct: refer<DirectJson>('Direct'),
  head: refer<HeadJson>('Head'),
  channelState: refer<ChannelStateJson>('ChannelState'),
  notification: refer<NotificationJson>('Notification'),
  message: refer<Static<typeof Message>>('Message'),
  acceptedChange: refer<AcceptedChangeJson>('AcceptedChange'),
  acceptedMessage: refer<AcceptedMessageJson>('AcceptedMessage'),
  error: refer<Static<typeof Error>>('Error'),
}
