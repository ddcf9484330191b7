import type { Event, Message, Reaction } from '../../gen/recado/v1/types.js'

/** The most bytes of messages or events in one answer: clients in every language take 4 MiB, and most of it is needed elsewhere. */
export const MAX_ANSWER_BYTES = 1024 * 1024

/** More than the tags, lengths, numbers and times of a message take in protobuf. */
const MESSAGE_OVERHEAD = 128

/** More than those of the event around it. */
const EVENT_OVERHEAD = 64

/** More than the tag and length of a text in a list. */
const LENGTH_OVERHEAD = 8

/** How many bytes a message takes in protobuf at most; close to it, and much cheaper than to encode it. */
export function sizeOfMessage(message: Message): number {
  const { id, channelId, serverId, senderId, content, nonce, replyTo, data, mentions, reactions } = message
  const texts = sizeOf(id, channelId, serverId, senderId, content, nonce, replyTo, data)
  return MESSAGE_OVERHEAD + texts + sizeOfList(mentions) + reactions.reduce(addReaction, 0)
}

function addReaction(sum: number, { emoji, userIds }: Reaction): number {
  return sum + LENGTH_OVERHEAD + sizeOf(emoji) + sizeOfList(userIds)
}

/** As {@link sizeOfMessage}, for an event. */
export function sizeOfEvent({ id, channelId, attempt, epoch, what }: Event): number {
  return EVENT_OVERHEAD + sizeOf(id, channelId, attempt, epoch) + sizeOfWhat(what)
}

function sizeOfWhat(what: Event['what']): number {
  switch (what?.$case) {
    case 'message':
    case 'messageUpdated':
      return sizeOfMessage(what.value)
    case 'messageDeleted':
      return EVENT_OVERHEAD + sizeOf(what.value.id, what.value.userId)
    case 'reactionAdded':
    case 'reactionRemoved':
      return EVENT_OVERHEAD + sizeOf(what.value.id, what.value.userId, what.value.emoji)
    case undefined:
      return 0
  }
}

function sizeOfList(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + LENGTH_OVERHEAD + sizeOf(text), 0)
}

function sizeOf(...texts: (string | undefined)[]): number {
  return texts.reduce((sum, text) => sum + (text === undefined ? 0 : Buffer.byteLength(text)), 0)
}
