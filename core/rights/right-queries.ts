import { sql } from 'kysely'
import type { PermissionSet } from '../../contract/permissions.js'
import { isId } from '../../contract/ids.js'
import { column } from '../../ports/database/column.js'
import type { Handle } from '../handle.js'
import { DIRECT_PERMISSIONS, permissionsInChannel, permissionsInServer, permits } from './rights.js'
import { OWNER_RANK, type Rank } from './ranks.js'

/** A user who wants something of a channel, perhaps through a session. */
export type ChannelWish = { userId: string; channelId: string; sessionId?: string | undefined }

/** What {@link grounds} selects: all that decides about one user in one channel. What the server says is null in a direct. */
export type GroundsRow = {
  owner_id: string | null
  everyone_permissions: number | null
  everyone_allow: number
  everyone_deny: number
  /** What the user's other roles permit, and what their overrides allow and deny, together; null for who has none. */
  given: [permissions: number | null, allow: number | null, deny: number | null] | null
}

/**
 * The columns that decide about one user in one channel, of {@link channelsOfMember}, {@link channelsOfUser} and {@link channelsOfWishes}.
 * What `everyone` may stands in the rows of the server and the channel; roles and overrides are looked up for those alone who have roles.
 */
export const grounds = sql`
  servers.owner_id, servers.everyone_permissions, channels.everyone_allow, channels.everyone_deny,
  case when membership.role_ids <> '{}' then (
    select array[bit_or(roles.permissions), bit_or(overrides.allow), bit_or(overrides.deny)]
    from roles left join overrides on overrides.role_id = roles.id and overrides.channel_id = channels.id
    where roles.id = any(membership.role_ids) and roles.server_id = servers.id
  ) end as given`

/**
 * The rows behind a batch of wishes, as the `from` of a statement: `wish` (`nth`, from 1, `user_id`, `channel_id`, `session_id`, empty
 * for none) with `channels`, `servers`, null in a direct, and the {@link grounds}, of each wish whose user is a member of the server or
 * in the direct. Members are looked up one by one: a plain join of one wish may read all members of the server instead.
 */
export function channelsOfWishes(wishes: readonly ChannelWish[]) {
  const texts = (pick: (wish: ChannelWish) => string) =>
    column('text', wishes, (wish) => toKnowable(pick(wish)))
  return sql`
    unnest(
      ${texts(({ userId }) => userId)},
      ${texts(({ channelId }) => channelId)},
      ${texts(({ sessionId = '' }) => sessionId)}
    ) with ordinality as wish (user_id, channel_id, session_id, nth)
    join channels on channels.id = wish.channel_id
    left join servers on servers.id = channels.server_id
    join lateral (
      select members.role_ids from members
      where members.server_id = channels.server_id and members.user_id = wish.user_id
      union all
      select '{}'::text[] from direct_members
      join users on users.id = direct_members.user_id and users.deleted_at is null
      where channels.server_id is null and channel_id = channels.id and direct_members.user_id = wish.user_id
      limit 1
    ) as membership on true`
}

/** The channels of all servers and directs that a user is in, with the {@link grounds}, as the `from` of a statement. */
export function channelsOfUser(userId: string) {
  const id = toKnowable(userId)
  return sql`
    (
      select channels.id, members.role_ids from members join channels on channels.server_id = members.server_id
      where members.user_id = ${id}
      union all
      select channel_id, '{}'::text[] from direct_members where user_id = ${id}
    ) as membership
    join channels on channels.id = membership.id
    left join servers on servers.id = channels.server_id`
}

/** Whether a user may view a channel. */
export function mayView(userId: string, row: GroundsRow): boolean {
  return permits(toChannelPermissions(userId, row), 'view_channel')
}

/** The channels of servers with the {@link grounds} of one member, as the `from` of a statement; none of what they are no member of. */
export function channelsOfMember(userId: string, serverIds: readonly string[]) {
  return sql`
    channels
    join servers on servers.id = channels.server_id
    join members as membership on membership.server_id = servers.id and membership.user_id = ${toKnowable(userId)}
    where channels.server_id = any(${serverIds}::text[])`
}

/** What a user may do in a channel. */
export function toChannelPermissions(userId: string, row: GroundsRow): PermissionSet {
  if (row.owner_id === null) return DIRECT_PERMISSIONS
  const [permissions, allow, deny] = row.given ?? []
  return permissionsInChannel({
    isOwner: row.owner_id === userId,
    everyone: row.everyone_permissions ?? 0,
    roles: permissions ?? 0,
    everyoneOverride: { allow: row.everyone_allow, deny: row.everyone_deny },
    rolesOverride: { allow: allow ?? 0, deny: deny ?? 0 },
  })
}

/** What {@link serversOfMember} adds to a server. */
export type StandingRow = { owner_id: string; everyone_permissions: number } & MemberStandingRow

/** What a member's roles say, together: nothing, and the height of `everyone`, where they have none. */
export type MemberStandingRow = { role_permissions: number; height: number }

/** The roles of the row of `members` in scope, together. */
const standing = {
  role_permissions: sql<number>`coalesce((select bit_or(permissions) from roles
    where roles.server_id = members.server_id and roles.id = any(members.role_ids)), 0)`,
  height: sql<number>`coalesce((select max(position) from roles
    where roles.server_id = members.server_id and roles.id = any(members.role_ids)), 0)`,
}

/** The servers that a user is a member of, with what decides about them there, to be selected from. */
export function serversOfMember(handle: Handle, userId: string) {
  return handle
    .selectFrom('servers')
    .innerJoin('members', 'members.server_id', 'servers.id')
    .selectAll('servers')
    .select([standing.role_permissions.as('role_permissions'), standing.height.as('height')])
    .where('members.user_id', '=', userId)
}

/** Reads how high a member stands; undefined for one who is none. */
export async function findHeight(
  handle: Handle,
  serverId: string,
  userId: string,
): Promise<number | undefined> {
  const found = await handle
    .selectFrom('members')
    .select(standing.height.as('height'))
    .where('server_id', '=', serverId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return found?.height
}

/** What a member may do in a server. */
export function toServerPermissions(userId: string, row: StandingRow): PermissionSet {
  const { everyone_permissions: everyone, role_permissions: roles } = row
  return permissionsInServer({ isOwner: row.owner_id === userId, everyone, roles })
}

/** How high a member stands. */
export function toRank(userId: string, { owner_id, height }: { owner_id: string; height: number }): Rank {
  return owner_id === userId ? OWNER_RANK : height
}

/** What can be no id, for the database cannot hold it, is an id that nothing has. */
function toKnowable(id: string): string {
  return isId(id) ? id : ''
}
