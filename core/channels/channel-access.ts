import type { Handle } from '../handle.js'
import { demand, type Permission } from '../rights/rights.js'
import { findViewableChannel, type ViewableChannel } from './channel-queries.js'

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
  const channel = await findViewableChannel(handle, { userId, channelId })
  return demand(channel, userId, permission, 'channel')
}
