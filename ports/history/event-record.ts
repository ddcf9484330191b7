import { toState, type MessageState } from '../../contract/folding.js'
import type { Event, Message, Reaction } from '../../gen/recado/v1/types.js'

/** What kind of document it is: an event of this kind, or what a command that changed nothing has left. */
type Kind =
  'message' | 'message_updated' | 'message_deleted' | 'reaction_added' | 'reaction_removed' | 'trace'

/**
 * A document of the log as both adapters keep it: flat, named as on the faces, with what few of them have apart in `details`. Null and
 * absent are the same.
 */
export type EventRecord = {
  id: string
  channel_id: string
  seq: number
  count: number
  attempt: string
  epoch: string
  /** Others than these are from newer versions. */
  kind: Kind
  /** Who wrote the message; of other changes than those of its text, who made them. */
  sender_id: string
  content: string
  timestamp?: Date | null | undefined
  server_id?: string | null | undefined
  nonce?: string | null | undefined
  reply_to?: string | null | undefined
  data?: string | null | undefined
  sent_at?: Date | null | undefined
  details?: EventDetails | null | undefined
}

/** What few documents have; times are as `Date.toISOString` writes them. */
export type EventDetails = {
  /** Of a change: the message's id, and of one of its text its place. */
  message_id?: string
  message_seq?: number
  message_count?: number
  emoji?: string
  /** Of a trace: the seq of the event from which on it has stood so. */
  stands_since?: number
  mentions?: readonly string[]
  mentions_everyone?: boolean
  edited_at?: string
  deleted_at?: string
  reactions?: readonly { emoji: string; user_ids: readonly string[] }[]
  is_final?: boolean
  /** Of a changed message: as `MessageState` says. */
  changed_seq?: number
  update_seqs?: readonly number[]
}

/** What changes in a message's document, and in those of its updates where it is deleted. */
export type RecordChange = Pick<EventRecord, 'content' | 'data' | 'details'>

/** How an event is kept. Throws a bare error for one of a kind unknown here: nobody can have made it. */
export function toRecord(event: Event): EventRecord {
  const { id, channelId: channel_id, seq, count, attempt, epoch, what } = event
  const place = { id, channel_id, seq, count, attempt, epoch }
  switch (what?.$case) {
    case 'message':
      return { ...place, kind: 'message', ...toFields(what.value), details: toDetails(what.value) }
    case 'messageUpdated': {
      const { id: message_id, seq: message_seq, count: message_count } = what.value
      const details = { message_id, message_seq, message_count, ...toDetails(what.value) }
      return { ...place, kind: 'message_updated', ...toFields(what.value), details }
    }
    case 'messageDeleted': {
      const { id: message_id, userId: sender_id, deletedAt } = what.value
      return {
        ...place,
        kind: 'message_deleted',
        sender_id,
        content: '',
        ...at(deletedAt),
        details: { message_id },
      }
    }
    case 'reactionAdded':
    case 'reactionRemoved': {
      const kind = what.$case === 'reactionAdded' ? 'reaction_added' : 'reaction_removed'
      const { id: message_id, userId: sender_id, emoji, changedAt } = what.value
      return { ...place, kind, sender_id, content: '', ...at(changedAt), details: { message_id, emoji } }
    }
    case undefined:
      return {
        ...place,
        kind: 'trace',
        seq: traceSeq(),
        sender_id: '',
        content: '',
        details: { stands_since: seq },
      }
  }
}

/** The event that was kept; `what` is absent in a trace, and where its kind is unknown to this version. */
export function toEvent(record: EventRecord): Event {
  const { id, channel_id: channelId, count, attempt, epoch } = record
  const seq = record.details?.stands_since ?? record.seq
  return { id, channelId, seq, count, attempt, epoch, what: toWhat(record) }
}

/** The message in a record of kind `message`, as it stands. */
export function toMessage(record: EventRecord): Message {
  const { details } = record
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
    mentions: [...(details?.mentions ?? [])],
    mentionsEveryone: details?.mentions_everyone ?? false,
    ...(details?.edited_at !== undefined && { editedAt: details.edited_at }),
    ...(details?.deleted_at !== undefined && { deletedAt: details.deleted_at }),
    reactions: (details?.reactions ?? []).map(toReaction),
    isFinal: details?.is_final ?? false,
  }
}

/** The state of the message in a record of kind `message`. */
export function toMessageState(record: EventRecord): MessageState {
  const { message, changedSeq, updateSeqs } = toState(toMessage(record))
  const { changed_seq = changedSeq, update_seqs = updateSeqs } = record.details ?? {}
  return { message, changedSeq: changed_seq, updateSeqs: update_seqs }
}

/** What a message's document becomes by its changes. */
export function toMessageChange({ message, changedSeq, updateSeqs }: MessageState): RecordChange {
  const details = { ...toDetails(message), changed_seq: changedSeq, update_seqs: updateSeqs }
  return { content: message.content, data: message.data ?? null, details }
}

/** What the document of a deleted message's update becomes: nothing is left in it but its place. */
export function toBlankUpdate({ message }: MessageState): RecordChange {
  const { id: message_id, seq: message_seq, count: message_count } = message
  const details = { message_id, message_seq, message_count, ...toDetails(message) }
  return { content: '', data: null, details }
}

function toWhat(record: EventRecord): Event['what'] {
  const { kind, sender_id: userId, timestamp, details } = record
  const [id, emoji] = [details?.message_id ?? '', details?.emoji ?? '']
  const when = timestamp?.toISOString()
  switch (kind) {
    case 'message':
      // Reactions follow as events of their own; what is read in order has each of them once.
      return { $case: 'message', value: { ...toMessage(record), reactions: [] } }
    case 'message_updated': {
      const { message_seq: seq = 0, message_count: count = 0 } = details ?? {}
      return { $case: 'messageUpdated', value: { ...toMessage(record), id, seq, count } }
    }
    case 'message_deleted':
      return { $case: 'messageDeleted', value: { id, userId, deletedAt: when } }
    case 'reaction_added':
      return { $case: 'reactionAdded', value: { id, userId, emoji, changedAt: when } }
    case 'reaction_removed':
      return { $case: 'reactionRemoved', value: { id, userId, emoji, changedAt: when } }
    default:
      return undefined
  }
}

/** What every message has beside its place. */
function toFields(message: Message) {
  return {
    sender_id: message.senderId,
    content: message.content,
    ...at(message.timestamp),
    server_id: message.serverId,
    nonce: message.nonce,
    reply_to: message.replyTo,
    data: message.data,
    sent_at: message.sentAt === undefined ? undefined : new Date(message.sentAt),
  }
}

/** What a message may have beside that; undefined where it has nothing of it. */
function toDetails(message: Message): EventDetails | undefined {
  const { mentions, mentionsEveryone, editedAt, deletedAt, reactions, isFinal } = message
  const details: EventDetails = {}
  if (mentions.length > 0) details.mentions = mentions
  if (mentionsEveryone) details.mentions_everyone = true
  if (editedAt !== undefined) details.edited_at = editedAt
  if (deletedAt !== undefined) details.deleted_at = deletedAt
  if (reactions.length > 0)
    details.reactions = reactions.map(({ emoji, userIds }) => ({ emoji, user_ids: userIds }))
  if (isFinal) details.is_final = true
  for (const _ in details) return details
  return undefined
}

function toReaction({ emoji, user_ids }: { emoji: string; user_ids: readonly string[] }): Reaction {
  return { emoji, userIds: [...user_ids] }
}

function at(time: string | undefined): { timestamp: Date | undefined } {
  return { timestamp: time === undefined ? undefined : new Date(time) }
}

/** A trace is no part of the sequence, but (channel, seq) is unique all the same: it stands anywhere below zero. */
function traceSeq(): number {
  return -1 - Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)
}
