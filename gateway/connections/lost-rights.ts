import type { Revocation, RightsChanged } from '../../gen/recado/internal/v1/core_service.js'
import type { Join } from '../phoenix/handler.js'
import { closeCodes } from '../phoenix/wire/close-codes.js'
import type { Connections, JoinedTopic } from './connections.js'
import type { User } from './user.js'

/** What somebody has lost, as the log says it. */
export type LostRight = NonNullable<Revocation['lost']>

/** A right to a topic of a channel that is about to be used. */
export type Place = { channelId: string; serverId: string; user: User }

/** Whether an entry of the log takes the right to this place away, or may do so: then it must be asked for anew. */
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
    case 'rightsChanged':
      return (
        lost.value.serverId === serverId &&
        isOrAny(lost.value.userId, user.id) &&
        isOrAny(lost.value.channelId, channelId)
      )
  }
}

/**
 * Takes a lost right away from those who are connected: it costs what it concerns, however many are connected. Joins of channels that
 * may be lost are handed to `ask`.
 */
export function takeAway(
  lost: LostRight,
  connections: Connections,
  ask: (joins: readonly Join<User>[]) => void,
): void {
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
      tellDeleted(connections, lost.value.serverId)
      return closeAll([...connections.topicsOf(lost.value.serverId)].flatMap(joinsOf))
    case 'rightsChanged':
      return ask(joinsOfChannels(connections, lost.value))
  }
}

/** The last that a server's topic tells. */
function tellDeleted(connections: Connections, serverId: string): void {
  for (const join of joinsOf(connections.topic(`server:${serverId}`)))
    join.push('server:deleted', { server_id: serverId })
}

/** The empty name stands for everybody, or every channel. */
function isOrAny(named: string, id: string): boolean {
  return named === '' || named === id
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

/** The joins of a server's channels that a change concerns. Its other topics stay with its members. */
function joinsOfChannels(
  connections: Connections,
  { serverId, userId, channelId }: RightsChanged,
): Join<User>[] {
  const isConcerned = ({ topic }: Join<User>) =>
    topic.startsWith('channel:') && isOrAny(channelId, topic.slice('channel:'.length))
  if (userId !== '') return joinsOfMember(connections, { serverId, userId }).filter(isConcerned)
  if (channelId !== '') return joinsOf(connections.topic(`channel:${channelId}`))
  return [...connections.topicsOf(serverId)].flatMap(joinsOf).filter(isConcerned)
}
