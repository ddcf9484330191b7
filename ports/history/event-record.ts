import type { Event, Message } from '../../gen/recado/v1/types.js'

/** An event as both adapters keep it: flat, named as on the faces. Null and absent are the same. */
export type EventRecord = {
  id: string
  channel_id: string
  seq: number
  count: number
  attempt: string
  epoch: string
  /** What happened. Others than these are from newer versions. */
  kind: 'message'
  sender_id: string
  content: string
  timestamp?: Date | null | undefined
  server_id?: string | null | undefined
  nonce?: string | null | undefined
  reply_to?: string | null | undefined
  data?: string | null | undefined
  sent_at?: Date | null | undefined
}

/** How an event is kept. Throws a bare error for one of a kind unknown here: nobody can have made it. */
export function toRecord(event: Event): EventRecord {
  if (event.what?.$case !== 'message') throw new TypeError(`event ${event.id} is of no known kind`)
  const message = event.what.value
  return {
    id: event.id,
    channel_id: event.channelId,
    seq: event.seq,
    count: event.count,
    attempt: event.attempt,
    epoch: event.epoch,
    kind: 'message',
    sender_id: message.senderId,
    content: message.content,
    timestamp: message.timestamp === undefined ? undefined : new Date(message.timestamp),
    server_id: message.serverId,
    nonce: message.nonce,
    reply_to: message.replyTo,
    data: message.data,
    sent_at: message.sentAt === undefined ? undefined : new Date(message.sentAt),
  }
}

/** The event that was kept; `what` is absent where its kind is unknown to this version. */
export function toEvent(record: EventRecord): Event {
  const { id, seq, count, attempt, epoch } = record
  const what = record.kind === 'message' ? { $case: record.kind, value: toMessage(record) } : undefined
  return { id, channelId: record.channel_id, seq, count, attempt, epoch, what }
}

/** The message in a record of kind `message`. */
export function toMessage(record: EventRecord): Message {
  return {
    id: record.id,
    channelId: record.channel_id,
    serverId: record.server_id ?? undefined,
    senderId: record.sender_id,
    content: record.content,
    timestamp: record.timestamp?.toISOString(),
    seq: record.seq,
    count: record.count,
    nonce: record.nonce ?? undefined,
    replyTo: record.reply_to ?? undefined,
    data: record.data ?? undefined,
    sentAt: record.sent_at?.toISOString(),
    mentions: [],
    mentionsEveryone: false,
    reactions: [],
    isFinal: false,
  }
}
