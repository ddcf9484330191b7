import type { Revocation } from '../../gen/recado/internal/v1/core_service.js'
import type { Join } from '../phoenix/handler.js'
import { closeCodes } from '../phoenix/wire/close-codes.js'
import type { Connections, JoinedTopic } from './connections.js'
import type { User } from './user.js'

/** What somebody has lost, as the log says it. */
export type LostRight = NonNullable<Revocation['lost']>

/** A right to a topic of a channel that is about to be used. */
export type Place = { channelId: string; serverId: string; user: User }

/** Whether an entry of the log takes the right to this place away. */
export function isLostBy(lost: LostRight, { channelId, serverId, user }: Place): boolean {
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

/** Takes a lost right away from those who are connected: it costs what it concerns, however many are connected. */
export function takeAway(lost: LostRight, connections: Connections): void {
  switch (lost.$case) {
    case 'signedOut':
      return [...connections.ofSession(lost.value.sessionId)].forEach((connection) =>
        connection.close(closeCodes.goingAway, 'signed out'),
      )
    case 'memberRemoved':
      return closeAll(joinsOfMember(connections, lost.value))
    case 'channelDeleted':
      return closeAll(joinsOf(connections.topic(`channel:${lost.value.channelId}`)))
    case 'serverDeleted':
      return closeAll([...connections.topicsOf(lost.value.serverId)].flatMap(joinsOf))
  }
}

/** Closing a join takes it out of the topic, so what is closed is listed first. */
function closeAll(joins: readonly Join<User>[]): void {
  for (const join of joins) join.close()
}

function joinsOf(topic: JoinedTopic | undefined): Join<User>[] {
  return [...(topic?.joins.values() ?? [])]
}

function joinsOfMember(
  connections: Connections,
  { serverId, userId }: { serverId: string; userId: string },
): Join<User>[] {
  const own = [...connections.ofUser(userId)]
  if (own.length === 0) return []
  return [...connections.topicsOf(serverId)].flatMap(({ joins }) =>
    own.flatMap((connection) => joins.get(connection) ?? []),
  )
}
