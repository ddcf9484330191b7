import type { Event, Message } from '../../gen/recado/v1/types.js'

/** The most bytes of messages or events in one answer: clients in every language take 4 MiB, and most of it is needed elsewhere. */
export const MAX_ANSWER_BYTES = 1024 * 1024

/** More than the tags, lengths, numbers and times of a message take in protobuf. */
const MESSAGE_OVERHEAD = 128

/** More than those of the event around it. */
const EVENT_OVERHEAD = 64

/** How many bytes a message takes in protobuf at most; close to it, and much cheaper than to encode it. */
export function sizeOfMessage(message: Message): number {
  const { id, channelId, serverId, senderId, content, nonce, replyTo, data } = message
  return MESSAGE_OVERHEAD + sizeOf(id, channelId, serverId, senderId, content, nonce, replyTo, data)
}

/** As {@link sizeOfMessage}, for an event. */
export function sizeOfEvent({ id, channelId, attempt, epoch, what }: Event): number {
  const message = what?.$case === 'message' ? sizeOfMessage(what.value) : 0
  return EVENT_OVERHEAD + sizeOf(id, channelId, attempt, epoch) + message
}

function sizeOf(...texts: (string | undefined)[]): number {
  return texts.reduce((sum, text) => sum + (text === undefined ? 0 : Buffer.byteLength(text)), 0)
}
