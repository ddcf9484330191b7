import type { Direct } from '../../gen/recado/v1/directs_service.js'
import type { Invite } from '../../gen/recado/v1/invites_service.js'
import { AuditAction, type AuditEntry, type Ban } from '../../gen/recado/v1/moderation_service.js'
import type {
  Channel,
  Head,
  Member,
  MemberPermission,
  Role,
  Server,
  User,
} from '../../gen/recado/v1/types.js'
import { fromPermissionList, toPermissionNames, type PermissionName } from '../../contract/permissions.js'
import { RecadoError } from '../../lib/errors.js'
import type {
  AuditEntryJson,
  BanJson,
  ChannelJson,
  DirectJson,
  HeadJson,
  InviteJson,
  MemberJson,
  RoleJson,
  ServerJson,
  UserJson,
} from './schemas.js'

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
    roles: server.roles.map(toRoleJson),
    created_at: server.createdAt ?? '',
    ...(server.retentionDays !== undefined && { retention_days: server.retentionDays }),
  }
}

/** Translates a channel for clients. */
export function toChannelJson(channel: Channel): ChannelJson {
  return {
    id: channel.id,
    ...(channel.serverId && { server_id: channel.serverId }),
    ...(channel.name && { name: channel.name }),
    created_at: channel.createdAt ?? '',
    ...(channel.serverId && {
      topic: channel.topic,
      slow_mode_s: channel.slowModeS,
      overrides: channel.overrides.map(({ roleId, allow, deny }) => ({
        role_id: roleId,
        allow: toWords(allow),
        deny: toWords(deny),
      })),
    }),
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
  return {
    user: toUserJson(present(member.user)),
    role_ids: member.roleIds,
    joined_at: member.joinedAt ?? '',
  }
}

/** Translates a role for clients. */
export function toRoleJson({ id, name, permissions, position }: Role): RoleJson {
  return { id, name, permissions: toWords(permissions), position }
}

/** Translates an invite for clients. */
export function toInviteJson(invite: Invite): InviteJson {
  const { maxUses, expiresAt } = invite
  return {
    code: invite.code,
    server_id: invite.serverId,
    created_by: invite.createdBy,
    uses: invite.uses,
    ...(maxUses !== undefined && { max_uses: maxUses }),
    ...(expiresAt !== undefined && { expires_at: expiresAt }),
    created_at: invite.createdAt ?? '',
  }
}

/** Translates a ban for clients. */
export function toBanJson({ userId, bannedBy, reason, bannedAt = '' }: Ban): BanJson {
  return {
    user_id: userId,
    banned_by: bannedBy,
    ...(reason !== undefined && { reason }),
    banned_at: bannedAt,
  }
}

/** Translates an entry of the audit log for clients. */
export function toAuditEntryJson({
  id,
  actorId,
  action,
  targetId,
  reason,
  at = '',
}: AuditEntry): AuditEntryJson {
  return {
    id,
    actor_id: actorId,
    // An action that a newer core knows has no word here, only its number.
    action: (AuditAction[action] ?? String(action)).replace('AUDIT_ACTION_', '').toLowerCase(),
    ...(targetId !== undefined && { target_id: targetId }),
    ...(reason !== undefined && { reason }),
    at,
  }
}

function toWords(permissions: readonly MemberPermission[]): PermissionName[] {
  return toPermissionNames(fromPermissionList(permissions))
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
