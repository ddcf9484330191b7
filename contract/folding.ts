import type { Event, Message, Reaction } from '../gen/recado/v1/types.js'

/** A message as it stands, and what must be known to change it further. */
export type MessageState = {
  readonly message: Message
  /** The seq of the latest change that it holds; the message's own while there was none. */
  readonly changedSeq: number
  /** The seqs of the updates among them, each of which is an event that holds its text. */
  readonly updateSeqs: readonly number[]
}

/** The state of a message that nobody has changed yet. */
export function toState(message: Message): MessageState {
  return { message, changedSeq: message.seq, updateSeqs: [] }
}

/** The id of the message that an event changes; undefined for every other event. */
export function changedBy({ what }: Event): string | undefined {
  return what === undefined || what.$case === 'message' ? undefined : what.value.id
}

/**
 * The state of a message after one of its events, which must be given in their order. What the state holds already changes nothing,
 * so events may be given again.
 */
export function fold(state: MessageState, { seq, what }: Event): MessageState {
  if (seq <= state.changedSeq) return state
  const { message, updateSeqs } = state
  switch (what?.$case) {
    case 'messageUpdated':
      return { message: what.value, changedSeq: seq, updateSeqs: [...updateSeqs, seq] }
    case 'messageDeleted':
      return { ...state, message: toTombstone(message, what.value.deletedAt), changedSeq: seq }
    case 'reactionAdded':
    case 'reactionRemoved': {
      const change = what.$case === 'reactionAdded' ? add : remove
      const reactions = change(message.reactions, what.value)
      return { ...state, message: { ...message, reactions }, changedSeq: seq }
    }
    case 'message':
    case undefined:
      return state
  }
}

/** What is left of a deleted message: its place, who wrote it, when, and what it answered. */
export function toTombstone(message: Message, deletedAt: string | undefined): Message {
  const blank = { content: '', data: undefined, mentions: [], mentionsEveryone: false, reactions: [] }
  return { ...message, ...blank, deletedAt }
}

/** The messages among a channel's events, which are in order, as they stand after all of them. */
export function foldMessages(events: readonly Event[]): Message[] {
  const states = new Map<string, MessageState>()
  for (const event of events) {
    if (event.what?.$case === 'message') states.set(event.id, toState(event.what.value))
    const state = states.get(changedBy(event) ?? '')
    if (state) states.set(state.message.id, fold(state, event))
  }
  return Array.from(states.values(), ({ message }) => message)
}

/** Whether a user has reacted with an emoji. */
export function hasReacted({ reactions }: Message, { userId, emoji }: Mark): boolean {
  return reactions.some((each) => each.emoji === emoji && each.userIds.includes(userId))
}

/** Who reacts with what. */
export type Mark = { userId: string; emoji: string }

/** Emoji stand in the order of their first reactions, and users in that of theirs. */
function add(reactions: readonly Reaction[], { userId, emoji }: Mark): Reaction[] {
  const known = reactions.find((each) => each.emoji === emoji)
  if (!known) return [...reactions, { emoji, userIds: [userId] }]
  if (known.userIds.includes(userId)) return [...reactions]
  const more = { emoji, userIds: [...known.userIds, userId] }
  return reactions.map((each) => (each === known ? more : each))
}

function remove(reactions: readonly Reaction[], { userId, emoji }: Mark): Reaction[] {
  return reactions
    .map((each) =>
      each.emoji === emoji ? { emoji, userIds: each.userIds.filter((id) => id !== userId) } : each,
    )
    .filter(({ userIds }) => userIds.length > 0)
}
