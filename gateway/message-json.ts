import { JsonText, toJsonText } from '../lib/json-text.js'
import type { Message } from '../gen/recado/v1/types.js'

/** A message as HTTP and WebSocket clients read it. What does not apply is left out. */
export type MessageJson = {
  id: string
  channel_id: string
  server_id?: string
  sender_id: string
  content: string
  /** RFC 3339, UTC, in milliseconds. */
  timestamp: string
  seq: number
  count: number
  nonce?: string
  reply_to?: string
  /** What the application chose to send along, as it was sent: a JSON object. */
  data?: JsonText
  /** The sender's own clock, RFC 3339, UTC. */
  sent_at?: string
  /** The users that it mentions, and who may see the channel. */
  mentions?: string[]
  /** It mentions everybody. */
  mentions_everyone?: true
  /** When its text was changed last, RFC 3339, UTC. */
  edited_at?: string
  /** When it was deleted, RFC 3339, UTC: then `content` is empty. */
  deleted_at?: string
  /** Who reacted with what. */
  reactions?: { emoji: string; user_ids: string[] }[]
}

/** Translates a stored message for clients. */
export function toMessageJson(message: Message): MessageJson {
  const json: MessageJson = {
    id: message.id,
    channel_id: message.channelId,
    sender_id: message.senderId,
    content: message.content,
    timestamp: message.timestamp ?? '',
    seq: message.seq,
    count: message.count,
  }
  if (message.serverId !== undefined) json.server_id = message.serverId
  if (message.nonce !== undefined) json.nonce = message.nonce
  if (message.replyTo !== undefined) json.reply_to = message.replyTo
  if (message.data !== undefined) json.data = new JsonText(message.data)
  if (message.sentAt !== undefined) json.sent_at = message.sentAt
  if (message.mentions.length > 0) json.mentions = message.mentions
  if (message.mentionsEveryone) json.mentions_everyone = true
  if (message.editedAt !== undefined) json.edited_at = message.editedAt
  if (message.deletedAt !== undefined) json.deleted_at = message.deletedAt
  if (message.reactions.length > 0)
    json.reactions = message.reactions.map(({ emoji, userIds }) => ({ emoji, user_ids: userIds }))
  return json
}

/** A stored message as text for clients. Most hold no data, and `JSON.stringify` is faster. */
export function toMessageText(message: Message): string {
  const json = toMessageJson(message)
  return json.data === undefined ? JSON.stringify(json) : toJsonText(json)
}
