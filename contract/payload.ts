import { randomUUID } from 'node:crypto'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { QueuedMessage } from '../gen/recado/v1/payload.js'
import { RecadoError } from '../lib/errors.js'
import { deriveId, isId, slotOf } from './ids.js'
import { countCodePoints } from '../lib/text.js'

/** The longest text of a message, in code points. */
export const MAX_CONTENT_CHARACTERS = 4_000

/** The longest nonce, in code points. */
export const MAX_NONCE_CHARACTERS = 64

/** Tells whether a text can be a nonce: 1 to 64 code points of well-formed Unicode without U+0000. */
export function isNonce(text: string): boolean {
  if (text.length === 0 || !text.isWellFormed() || text.includes('\0')) return false
  return countCodePoints(text, MAX_NONCE_CHARACTERS) <= MAX_NONCE_CHARACTERS
}

const shape = Compile(
  Type.Object({
    sender_id: Type.String(),
    channel_id: Type.String(),
    message: Type.String(),
    timestamp: Type.String({ maxLength: 64 }),
    nonce: Type.Optional(Type.String()),
    reply_to: Type.Optional(Type.String()),
    attempt: Type.Optional(Type.String()),
    origin: Type.Optional(Type.String()),
    moderated: Type.Optional(Type.Boolean()),
    traceparent: Type.Optional(Type.String({ maxLength: 256 })),
  }),
)
const idFields = ['sender_id', 'channel_id', 'reply_to', 'attempt', 'origin'] as const
const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/

/** The body that travels through the queue: JSON, UTF-8. */
export function encodePayload(message: QueuedMessage): Buffer {
  return Buffer.from(JSON.stringify(QueuedMessage.toJSON(message)))
}

/**
 * Reads a body. Unknown fields are ignored.
 * @throws `invalid_argument` that says what is wrong: the message can never be processed.
 */
export function decodePayload(body: Buffer): QueuedMessage {
  const json = parseJson(body)
  if (!shape.Check(json)) {
    const [first] = shape.Errors(json)
    throw malformed(`${first?.instancePath || 'it'} ${first?.message ?? 'is wrong'}`)
  }
  for (const name of idFields)
    if (json[name] !== undefined && !isId(json[name])) throw malformed(`\`${name}\` is no id`)
  if (json.nonce !== undefined && !isNonce(json.nonce))
    throw malformed('`nonce` must have 1 to 64 characters')
  if (!rfc3339.test(json.timestamp) || Number.isNaN(Date.parse(json.timestamp))) {
    throw malformed('`timestamp` is not an RFC 3339 time')
  }
  return QueuedMessage.fromJSON(json)
}

function malformed(fault: string): RecadoError {
  return new RecadoError('invalid_argument', `The payload is malformed: ${fault}.`)
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new RecadoError('invalid_argument', 'The payload is not JSON.', { cause })
  }
}

/** Names a try. Nothing sorts by it, so it is random: an id that sorts takes twenty times as long to make. */
export function newAttempt(): string {
  return randomUUID()
}

/** What a message's id is derived from, beside channel and sender. */
export type MessageKey = { channelId: string; senderId: string; nonce: string | undefined; attempt: string }

/** The id of a message: the same for the same (channel, sender, nonce); without a nonce, for the same attempt. */
export function toMessageId({ channelId, senderId, nonce, attempt }: MessageKey): string {
  return nonce === undefined
    ? deriveId('message', channelId, senderId, 'attempt', attempt)
    : deriveId('message', channelId, senderId, 'nonce', nonce)
}

/** The partition that a channel's messages go through. */
export function toPartition(channelId: string, partitions: number): number {
  return slotOf(channelId, partitions)
}
