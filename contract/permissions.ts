import type { MemberPermission } from '../gen/recado/v1/types.js'

/** What a member may do, by the words of every face, in the order of the enum. */
export const permissionNames = [
  'view_channel',
  'send_messages',
  'add_reactions',
  'mention_everyone',
  'create_invites',
  'manage_messages',
  'manage_channels',
  'kick_members',
  'ban_members',
  'manage_roles',
  'manage_server',
  'view_audit_log',
] as const

/** The word for something that a member may do. */
export type PermissionName = (typeof permissionNames)[number]

/** A set of permissions as a bit mask: the enum's number 1 is bit 0. Databases keep it so. */
export type PermissionSet = number

/** Everything that a role can permit. */
export const ALL_PERMISSIONS: PermissionSet = 2 ** permissionNames.length - 1

/** The set of these permissions. */
export function toPermissionSet(names: readonly PermissionName[]): PermissionSet {
  return names.reduce((set, name) => set | (1 << permissionNames.indexOf(name)), 0)
}

/** The set that a message of the contract lists. */
export function fromPermissionList(list: readonly MemberPermission[]): PermissionSet {
  return list.reduce((set: PermissionSet, permission) => set | (1 << (permission - 1)), 0)
}

/** A set as messages of the contract list it: each once, in the order of the enum. */
export function toPermissionList(set: PermissionSet): MemberPermission[] {
  return permissionNames.flatMap((_name, bit) => (set & (1 << bit) ? [bit + 1] : []))
}

/** The words for a set, in the order of the enum. */
export function toPermissionNames(set: PermissionSet): PermissionName[] {
  return permissionNames.filter((_name, bit) => set & (1 << bit))
}
