import type { StoredMessage } from '../../gen/recado/internal/v1/core_service.js'
import type { NotificationKind } from '../../ports/database/schema.js'

/** Somebody who may have to be told of a message, and why. */
export type Candidate = { userId: string; kind: NotificationKind; message: StoredMessage }

/** What is known of a message's place. */
export type Surroundings = {
  /** Everybody in the direct; undefined in a server's channel. */
  participants: readonly string[] | undefined
  /** Who wants to be told of every message there. */
  listeners: readonly string[]
  /** Who wrote what the message answers. */
  answered: string | undefined
}

/**
 * Who may have to be told of a message, each once and for the strongest reason: that it mentions them, that it answers them, that it
 * is a direct, that they listen. Never who wrote it.
 */
export function toCandidates(message: StoredMessage, around: Surroundings): Candidate[] {
  const { participants, listeners, answered } = around
  const kinds = new Map<string, NotificationKind>()
  const add = (userIds: readonly string[], kind: NotificationKind) => {
    for (const userId of userIds)
      if (userId !== message.senderId && !kinds.has(userId)) kinds.set(userId, kind)
  }
  add(message.mentions, 'mention')
  add(answered === undefined ? [] : [answered], 'reply')
  add(participants ?? [], 'direct')
  if (!participants) add(listeners, 'message')
  return [...kinds].map(([userId, kind]) => ({ userId, kind, message }))
}
