import { fromPermissionList } from '../../contract/permissions.js'
import { AuditAction } from '../../gen/recado/v1/moderation_service.js'
import type { DeleteOverrideRequest, SetOverrideRequest } from '../../gen/recado/v1/roles_service.js'
import type { Channel } from '../../gen/recado/v1/types.js'
import type { Database } from '../../ports/database/database.js'
import { insertAuditEntry } from '../audit/audit-queries.js'
import type { Handle } from '../handle.js'
import { demandAbove, demandGivable } from '../rights/ranks.js'
import { permits, type Override } from '../rights/rights.js'
import { tellRoleChange } from '../roles/role-changes.js'
import { requireRole } from '../roles/roles.js'
import { requireServer } from '../servers/server-access.js'
import { readChannel, requireLockedChannel, type ViewableChannel } from './channel-access.js'
import { tellChannel } from './channel-happenings.js'
import { toChannel } from './channel-messages.js'
import { findChannel, type FoundChannel } from './channel-queries.js'
import { assertNoContradiction, assertRoomForOverride } from './channel-rules.js'
import { listOverrides, setOverride } from './override-queries.js'

/** What is being changed of a channel. */
type Case = { actorId: string; serverId: string; channel: ViewableChannel; roleId: string }

const none: Override = { allow: 0, deny: 0 }

/** Sets what roles may do otherwise in channels. */
export class Overrides {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Sets an override in place of the former, and tells the log of lost rights where it takes the view away.
   * @throws `invalid_argument`, `not_found`, `permission_denied`, `resource_exhausted`
   */
  async set(actorId: string, request: SetOverrideRequest): Promise<Channel> {
    const override = { allow: fromPermissionList(request.allow), deny: fromPermissionList(request.deny) }
    assertNoContradiction(override)
    return this.#write(actorId, request, override, AuditAction.AUDIT_ACTION_OVERRIDE_SET)
  }

  /**
   * Takes an override away; nothing changes where there is none.
   * @throws `not_found`, `permission_denied`
   */
  delete(actorId: string, request: DeleteOverrideRequest): Promise<Channel> {
    return this.#write(actorId, request, none, AuditAction.AUDIT_ACTION_OVERRIDE_DELETED)
  }

  #write(
    actorId: string,
    { channelId, roleId }: { channelId: string; roleId: string },
    override: Override,
    action: AuditAction,
  ): Promise<Channel> {
    return this.#database.write(async (transaction) => {
      const channel = await requireLockedChannel(transaction, channelId, actorId, 'manage_channels')
      const { serverId } = channel
      const isChanged = await change(transaction, { actorId, serverId, channel, roleId }, override)
      if (!isChanged) return readChannel(transaction, channelId, actorId)
      await insertAuditEntry(transaction, { serverId, actorId, action, targetId: channelId })
      const changed = await readUnseen(transaction, channelId, actorId)
      await tellChannel(transaction, { $case: 'channelUpdated', value: changed })
      return changed
    })
  }
}

/** Reads the channel for who has changed it, who may not view it any more by that. */
async function readUnseen(transaction: Handle, channelId: string, actorId: string): Promise<Channel> {
  const channel = (await findChannel(transaction, { userId: actorId, channelId })) as FoundChannel
  return toChannel(channel, await listOverrides(transaction, channel))
}

/** Changes an override; false where it is so already. */
async function change(
  transaction: Handle,
  { actorId, serverId, channel, roleId }: Case,
  after: Override,
): Promise<boolean> {
  const server = await requireServer(transaction, serverId, actorId)
  const role = await requireRole(transaction, serverId, roleId, server)
  demandAbove(server.rank, role.position, 'role')
  const overrides = await listOverrides(transaction, channel)
  const before = overrides.find(({ role_id: id }) => id === roleId) ?? none
  if (before.allow === after.allow && before.deny === after.deny) return false
  // What is no longer denied is given as well.
  demandGivable(channel.permissions, (after.allow & ~before.allow) | (before.deny & ~after.deny))
  if (before === none) assertRoomForOverride(overrides.length)
  await setOverride(transaction, channel, roleId, after)
  const taken = (after.deny & ~before.deny) | (before.allow & ~after.allow)
  if (permits(taken, 'view_channel'))
    await tellRoleChange(transaction, { serverId, roleId, channelId: channel.id })
  return true
}
