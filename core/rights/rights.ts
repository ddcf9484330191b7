import {
  ALL_PERMISSIONS,
  permissionNames,
  toPermissionSet,
  type PermissionName,
  type PermissionSet,
} from '../../contract/permissions.js'
import { RecadoError } from '../../lib/errors.js'

/** What may be permitted. To own a server is to be allowed what no role can permit, such as its deletion. */
export type Permission = PermissionName | 'own_server'

/** What a right is asked about, as the refusal names it. */
export type Place = 'server' | 'channel'

/** What roles may do otherwise in one channel. */
export type Override = { allow: PermissionSet; deny: PermissionSet }

/** All that decides what a member may do in a server. */
export type MemberGrounds = {
  isOwner: boolean
  /** What the role `everyone` permits. */
  everyone: PermissionSet
  /** What the member's other roles permit, together. */
  roles: PermissionSet
}

/** All that decides what a member may do in one channel of a server. */
export type ChannelGrounds = MemberGrounds & {
  /** The override of `everyone` there. */
  everyoneOverride: Override
  /** The overrides of the member's other roles there, together. */
  rolesOverride: Override
}

const OWN_SERVER: PermissionSet = 1 << permissionNames.length
const VIEW_CHANNEL = toPermissionSet(['view_channel'])

/** What an owner may: everything, whatever roles and overrides say. */
export const OWNER_PERMISSIONS: PermissionSet = ALL_PERMISSIONS | OWN_SERVER

/** What everybody in a direct may. Nobody moderates it, and a mention of everybody would say nothing. */
export const DIRECT_PERMISSIONS = toPermissionSet(['view_channel', 'send_messages', 'add_reactions'])

/** What a member may do in a server, apart from its channels: what the roles permit. */
export function permissionsInServer({ isOwner, everyone, roles }: MemberGrounds): PermissionSet {
  return isOwner ? OWNER_PERMISSIONS : everyone | roles
}

/**
 * What a member may do in a channel: what the roles permit, less what overrides deny, plus what they allow; the override of `everyone`
 * first, then those of the other roles together. Nothing at all where they may not view it.
 */
export function permissionsInChannel(grounds: ChannelGrounds): PermissionSet {
  if (grounds.isOwner) return OWNER_PERMISSIONS
  const common = override(permissionsInServer(grounds), grounds.everyoneOverride)
  const own = override(common, grounds.rolesOverride)
  return own & VIEW_CHANNEL ? own : 0
}

/** Whether a set holds a permission. */
export function permits(set: PermissionSet, permission: Permission): boolean {
  return (set & toBit(permission)) !== 0
}

/**
 * Why somebody may not do this; undefined: they may. `permissions`: what they may do there; undefined where the place is not there or
 * they are no member. What is not there and what one may not see are not told apart: `not_found` (NOT_A_MEMBER). Who sees it and may
 * not do this hears `permission_denied` (MISSING_PERMISSION).
 */
export function findDenial(
  permissions: PermissionSet | undefined,
  permission: Permission,
  place: Place,
): RecadoError | undefined {
  const isSeen = place === 'server' ? permissions !== undefined : permits(permissions ?? 0, 'view_channel')
  if (!isSeen) return new RecadoError('not_found', notFound[place], { reason: 'NOT_A_MEMBER' })
  // Every member sees the server itself.
  if (permits(permissions ?? 0, permission) || (place === 'server' && permission === 'view_channel'))
    return undefined
  return new RecadoError('permission_denied', toDenialText(permission), { reason: 'MISSING_PERMISSION' })
}

const notFound: Readonly<Record<Place, string>> = {
  server: 'This server is not there, or you are not a member of it.',
  channel: 'This channel is not there, or you are not in it.',
}

function override(set: PermissionSet, { allow, deny }: Override): PermissionSet {
  return (set & ~deny) | allow
}

function toBit(permission: Permission): PermissionSet {
  return permission === 'own_server' ? OWN_SERVER : 1 << permissionNames.indexOf(permission)
}

function toDenialText(permission: Permission): string {
  if (permission === 'own_server') return 'Only the owner of the server may do this.'
  return `This needs the permission \`${permission}\`. Ask somebody who may manage roles.`
}
