import type { Handle } from '../handle.js'
import { isId } from '../../contract/ids.js'
import { assertOwner } from '../servers/server-rules.js'
import { findReadableChannel, type ReadableChannel } from './channel-queries.js'
import { channelNotFound } from './channel-rules.js'

/**
 * Reads a channel for a user who may read it, with its head.
 * @throws `not_found`
 */
export async function requireChannel(
  handle: Handle,
  channelId: string,
  userId: string,
): Promise<ReadableChannel> {
  const channel = isId(channelId) ? await findReadableChannel(handle, channelId, userId) : undefined
  if (!channel) throw channelNotFound()
  return channel
}

/**
 * As {@link requireChannel}, for the owner of its server.
 * @throws `not_found`, `permission_denied`
 */
export async function requireOwnChannel(
  handle: Handle,
  channelId: string,
  userId: string,
): Promise<ReadableChannel> {
  const channel = await requireChannel(handle, channelId, userId)
  assertOwner(channel.owner_id, userId)
  return channel
}
