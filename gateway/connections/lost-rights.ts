import type { Revocation } from '../../gen/recado/internal/v1/core_service.js'
import type { User } from './user.js'

/** A connection's place in a channel. */
export type Place = { channelId: string; serverId: string; user: User }

/** Whether an entry of the log takes the right to this place away. */
export function isLostBy(
  lost: NonNullable<Revocation['lost']>,
  { channelId, serverId, user }: Place,
): boolean {
  switch (lost.$case) {
    case 'memberRemoved':
      return lost.value.serverId === serverId && lost.value.userId === user.id
    case 'signedOut':
      return lost.value.sessionId === user.sessionId
    case 'channelDeleted':
      return lost.value.channelId === channelId
    case 'serverDeleted':
      return lost.value.serverId === serverId
  }
}
