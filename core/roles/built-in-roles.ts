import { ALL_PERMISSIONS, toPermissionSet } from '../../contract/permissions.js'

/** What everyone may in a new server. */
export const EVERYONE_PERMISSIONS = toPermissionSet([
  'view_channel',
  'send_messages',
  'add_reactions',
  'create_invites',
])

/** The roles of a new server beside `everyone`. They can be changed and deleted like any other. */
export const builtInRoles = [
  {
    name: 'moderator',
    position: 1,
    permissions:
      EVERYONE_PERMISSIONS |
      toPermissionSet(['manage_messages', 'kick_members', 'ban_members', 'view_audit_log']),
  },
  { name: 'admin', position: 2, permissions: ALL_PERMISSIONS },
] as const
