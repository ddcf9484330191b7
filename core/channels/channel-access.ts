import type { PermissionSet } from '../../contract/permissions.js'
import type { Channel } from '../../gen/recado/v1/types.js'
import type { Handle } from '../handle.js'
import { toChannelPermissions } from '../rights/right-queries.js'
import { findDenial, type Permission } from '../rights/rights.js'
import { lockServerRow } from '../servers/server-queries.js'
import { toChannel } from './channel-messages.js'
import { findChannel, type FoundChannel } from './channel-queries.js'
import { listOverrides } from './override-queries.js'

/** A channel as somebody finds it who may view it, with what they may do there. */
export type ViewableChannel = FoundChannel & { permissions: PermissionSet }

/**
 * Reads a channel, with its head, for somebody who has this permission in it.
 * @throws `not_found`, `permission_denied`
 */
export async function requireChannel(
  handle: Handle,
  channelId: string,
  userId: string,
  permission: Permission = 'view_channel',
): Promise<ViewableChannel> {
  const channel = await findChannel(handle, { userId, channelId })
  const permissions = channel && toChannelPermissions(userId, channel)
  const denial = findDenial(permissions, permission, 'channel')
  if (denial) throw denial
  // A channel that was not found permits nothing.
  return { ...(channel as FoundChannel), permissions: permissions ?? 0 }
}

/**
 * As {@link requireChannel}, for what nobody may do in a direct, and locks the channel's server until the transaction ends, so that
 * changes of one server follow each other.
 * @throws `not_found`, `permission_denied`
 */
export async function requireLockedChannel(
  transaction: Handle,
  channelId: string,
  userId: string,
  permission: 'manage_channels',
): Promise<ViewableChannel & { serverId: string }> {
  const before = await requireChannel(transaction, channelId, userId, permission)
  const serverId = before.server_id ?? ''
  await lockServerRow(transaction, serverId)
  // What was read before the lock may have changed while it was waited for.
  return { ...(await requireChannel(transaction, channelId, userId, permission)), serverId }
}

/**
 * Reads a server's channel as it is sent, with its overrides.
 * @throws `not_found`
 */
export async function readChannel(handle: Handle, channelId: string, userId: string): Promise<Channel> {
  const channel = await requireChannel(handle, channelId, userId)
  return toChannel(channel, await listOverrides(handle, channel))
}
