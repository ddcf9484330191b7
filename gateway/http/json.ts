import type { Direct } from '../../gen/recado/v1/directs_service.js'
import {
  MemberPermission,
  type Channel,
  type Head,
  type Member,
  type Role,
  type Server,
  type User,
} from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { ChannelJson, DirectJson, HeadJson, MemberJson, ServerJson, UserJson } from './schemas.js'

/** Translates a user for clients. */
export function toUserJson(user: User): UserJson {
  const { displayName, about, deletedAt } = user
  return {
    id: user.id,
    username: user.username,
    created_at: user.createdAt ?? '',
    ...(displayName && { display_name: displayName }),
    ...(about && { about }),
    ...(deletedAt && { deleted_at: deletedAt }),
  }
}

/** Translates a server for clients. */
export function toServerJson(server: Server): ServerJson {
  return {
    id: server.id,
    name: server.name,
    owner_id: server.ownerId,
    announcement_channel_id: server.announcementChannelId,
    channels: server.channels.map(({ id, name }) => ({ id, name })),
    created_at: server.createdAt ?? '',
  }
}

/** Translates a channel for clients. */
export function toChannelJson(channel: Channel): ChannelJson {
  return {
    id: channel.id,
    ...(channel.serverId && { server_id: channel.serverId }),
    ...(channel.name && { name: channel.name }),
    created_at: channel.createdAt ?? '',
    ...(channel.userIds.length > 0 && { user_ids: channel.userIds }),
  }
}

/** Translates a direct for clients. */
export function toDirectJson({ channel, users }: Direct): DirectJson {
  const others = users.map(toUserJson)
  return {
    channel: toChannelJson(present(channel)),
    ...(others.length === 1 && { user: others[0] }),
    users: others,
  }
}

/** Translates a member for clients. */
export function toMemberJson(member: Member): MemberJson {
  return { user_id: member.userId, joined_at: member.joinedAt ?? '' }
}

/** Translates a role for clients. */
export function toRoleJson({ id, name, permissions, position }: Role): object {
  return { id, name, permissions: permissions.map(toPermissionJson), position }
}

/** A permission by its word: `view_channel`. */
export function toPermissionJson(permission: MemberPermission): string {
  return MemberPermission[permission].replace('MEMBER_PERMISSION_', '').toLowerCase()
}

/** Translates a channel's head for clients. */
export function toHeadJson({ epoch, seq }: Head): HeadJson {
  return { epoch, seq }
}

/** What core always answers with, though protobuf makes it optional. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw RecadoError.from(new Error('core left a field out'))
  return value
}
