import type { MessageState } from '../../contract/folding.js'
import type { Event, Message } from '../../gen/recado/v1/types.js'

/** What became of an append. */
export type AppendResult =
  | { stored: 'all' }
  /** The events before `refusedIndex` are stored, that one and those after it are not. */
  | { stored: 'some'; refusedIndex: number }

/** A range of a channel's log. Bounds are exclusive below, inclusive above. */
export type EventRange = {
  channelId: string
  /** Only events after this seq. */
  since: number
  /** Nothing past this seq: the head that the caller has read. */
  upTo: number
  /** At most so many, the oldest first. */
  limit: number
}

/** A page of a channel's messages. */
export type MessagePage = {
  channelId: string
  /** Only messages with a seq greater than this. */
  after: number
  /** Only messages with a seq up to and including this. */
  upTo: number
  /** At most so many. */
  limit: number
  /** Which of them when there are more: `oldest` from `after` upwards, `newest` from `upTo` downwards. */
  pick: 'oldest' | 'newest'
}

/** Names an event, also one that may not be there. */
export type EventKey = { channelId: string; id: string }

/** How far a channel's log is. */
export type LogEnd = { seq: number; count: number }

/**
 * The log of each channel: the truth about messages. An event's `id` is unique, and so is (channel, seq). What `append` has
 * resolved for is durable; times must be as `Date.toISOString` writes them. Each read is one indexed read, as fast in a long log as
 * in a short one. An event of a kind that a newer version has written reads without `what`.
 *
 * A message is changed in two steps: the change is appended, as an event of its own, then applied to the message's document, which is
 * thereby the message as it stands. So an event reads back as it was appended, but for the text of a message, which reads as it stands:
 * what has changed it comes after it. A message's event reads without reactions: they come after it too.
 *
 * An event without `what` is a trace: what a command leaves that has changed nothing, so that its repeat changes nothing either. Its
 * seq is that of the event from which on it has stood so. It is kept under its id alone: only `find` finds it.
 *
 * Errors: a server that is away, or cannot do it now, is `unavailable`; the caller holds what it has and tries again. An event that
 * can never be stored is `invalid_argument`, or PostgreSQL's own error of class 22 or 23 (`contract/faults.ts` knows them). A text
 * holding U+0000 is a programmer's mistake: validation refuses it before.
 */
export interface History {
  /**
   * Stores events in their order and stops at the first whose id or (channel, seq) is there already. When it rejects, a first
   * part of them may be stored. Does not read: the refusal shows itself in the write.
   */
  append(events: readonly Event[]): Promise<AppendResult>

  /**
   * Brings messages' documents to these states, each by all of the message's changes that are appended. A state that the document has
   * reached or passed changes nothing, so it may be done again. A deletion blanks every other document that holds the message's text
   * too. Durable when it resolves. At most 1,000, each message once.
   */
  apply(states: readonly MessageState[]): Promise<void>

  /** Finds events by channel and id, in no order; those not there are missing. At most 1,000, each once. */
  find(keys: readonly EventKey[]): Promise<Event[]>

  /** Finds messages by channel and id as they stand, in no order; those not there are missing. At most 1,000, each once. */
  states(keys: readonly EventKey[]): Promise<MessageState[]>

  /**
   * Reads where logs end that reach past these places, by channel; those that do not are missing. A log has no gaps, so one that
   * has nothing at the next seq ends before it. At most one place a channel.
   */
  endsPast(places: readonly { channelId: string; seq: number }[]): Promise<Map<string, LogEnd>>

  /** Reads the newest events, oldest first, at most `limit`. Not cut at the head. */
  latest(channelId: string, limit: number): Promise<Event[]>

  /** Reads events in order. */
  events(range: EventRange): Promise<Event[]>

  /** Reads messages in their current state, oldest first whichever are picked. */
  messages(page: MessagePage): Promise<Message[]>

  /**
   * Removes events of a channel, the oldest first and at most `limit` of them, for good. Resolves with how many; fewer than `limit`
   * when nothing is left. For channels that are deleted: a log with a hole at its beginning is of no use to readers.
   */
  forget(channelId: string, limit: number): Promise<number>

  /** Resolves when the server answers; rejects with `unavailable`, at the latest after two seconds. */
  ping(): Promise<void>

  /** Lets go of the connections. Calling again changes nothing. */
  close(): Promise<void>
}
