import { RecadoError } from '../../lib/errors.js'

/** Channels that a server may have. */
export const MAX_CHANNELS = 500

/**
 * Checks that a server has room for one channel more.
 * @throws `resource_exhausted`, not retryable: no wait helps, only deleting one.
 */
export function assertRoomForChannel(count: number): void {
  if (count < MAX_CHANNELS) return
  throw new RecadoError(
    'resource_exhausted',
    `A server has at most ${MAX_CHANNELS} channels. Delete one first.`,
    { retryable: false, reason: 'TOO_MANY_CHANNELS' },
  )
}

/**
 * Checks that a channel may be deleted by itself.
 * @throws `failed_precondition`
 */
export function assertNotAnnouncement(channel: { id: string; announcement_channel_id: string | null }): void {
  if (channel.id !== channel.announcement_channel_id) return
  throw new RecadoError('failed_precondition', 'The announcement channel goes only with its server.', {
    reason: 'ANNOUNCEMENT_CHANNEL',
  })
}
