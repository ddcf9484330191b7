import { toPermissionNames } from '../../contract/permissions.js'
import type { UpdateChannelRequest } from '../../gen/recado/v1/servers_service.js'
import { RecadoError } from '../../lib/errors.js'
import { assertNoFaults } from '../../lib/faults.js'
import type { Override } from '../rights/rights.js'
import type { ChannelChange } from './channel-queries.js'

/** Channels that a server may have. */
export const MAX_CHANNELS = 500

/** Overrides that a channel may have. */
export const MAX_OVERRIDES = 100

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

/**
 * Checks that a channel has room for one override more.
 * @throws `resource_exhausted`, not retryable: no wait helps.
 */
export function assertRoomForOverride(count: number): void {
  if (count < MAX_OVERRIDES) return
  throw new RecadoError(
    'resource_exhausted',
    `A channel has at most ${MAX_OVERRIDES} overrides. Take one away first.`,
    { retryable: false, reason: 'TOO_MANY_OVERRIDES' },
  )
}

/**
 * Checks that an override does not allow what it denies.
 * @throws `invalid_argument`
 */
export function assertNoContradiction({ allow, deny }: Override): void {
  const both = toPermissionNames(allow & deny)
  assertNoFaults({ deny: both.length > 0 ? `must not hold what is allowed: ${both.join(', ')}` : undefined })
}

/**
 * What an update changes.
 * @throws `invalid_argument` when nothing is given
 */
export function toChannelChange({ name, topic, slowModeS }: UpdateChannelRequest): ChannelChange {
  const change = {
    ...(name !== undefined && { name }),
    ...(topic !== undefined && { topic }),
    ...(slowModeS !== undefined && { slow_mode_s: slowModeS }),
  }
  const isNothing = Object.keys(change).length === 0
  assertNoFaults({ name: isNothing ? 'or `topic` or `slow_mode_s` must be given' : undefined })
  return change
}
