import type { Event, Message } from '../../gen/recado/v1/types.js'
import type { IndexedMessage } from './index-queries.js'
import { toIndexText } from './search-text.js'

/** Narrows a search to a channel, a server or an author; kept among the words of a message, where no word can be one. */
export const marks = {
  channel: (id: string) => `c:${id}`,
  server: (id: string) => `s:${id}`,
  author: (id: string) => `a:${id}`,
}

/** What a run of a channel's events, in order, leaves to be found, and what it takes away. */
export function foldEvents(events: readonly Event[]): { messages: IndexedMessage[]; removedIds: string[] } {
  const latest = new Map<string, Message | undefined>()
  for (const { what } of events) {
    if (what?.$case === 'message' || what?.$case === 'messageUpdated') latest.set(what.value.id, what.value)
    if (what?.$case === 'messageDeleted') latest.set(what.value.id, undefined)
  }
  const messages: IndexedMessage[] = []
  const removedIds: string[] = []
  for (const [id, message] of latest) {
    if (message && !message.deletedAt) messages.push(toIndexed(message))
    else removedIds.push(id)
  }
  return { messages, removedIds }
}

function toIndexed(message: Message): IndexedMessage {
  const { id, channelId, serverId, senderId, timestamp } = message
  const where = [marks.channel(channelId), ...(serverId ? [marks.server(serverId)] : [])]
  const sentAt = timestamp ?? new Date(0).toISOString()
  const text = toIndexText(message.content)
  return { id, channelId, authorId: senderId, marks: [...where, marks.author(senderId)], sentAt, text }
}
