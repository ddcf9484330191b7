import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { QueuedMessage } from '../../gen/recado/v1/payload.js'
import { RecadoError } from '../../lib/errors.js'
import { deriveId, slotOf } from '../../lib/ids.js'

/** The longest nonce, in characters. */
export const MAX_NONCE_CHARACTERS = 64

const id = Type.String({ minLength: 1, maxLength: 128 })
const shape = Compile(
  Type.Object({
    sender_id: id,
    channel_id: id,
    message: Type.String(),
    timestamp: Type.String({ maxLength: 64 }),
    nonce: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_NONCE_CHARACTERS })),
    reply_to: Type.Optional(id),
    attempt: Type.Optional(Type.String({ maxLength: 128 })),
    origin: Type.Optional(Type.String({ maxLength: 128 })),
    moderated: Type.Optional(Type.Boolean()),
    traceparent: Type.Optional(Type.String({ maxLength: 256 })),
  }),
)
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
    throw new RecadoError(
      'invalid_argument',
      `The payload is malformed: ${first?.instancePath || 'it'} ${first?.message ?? 'is wrong'}.`,
    )
  }
  if (!rfc3339.test(json.timestamp) || Number.isNaN(Date.parse(json.timestamp))) {
    throw new RecadoError(
      'invalid_argument',
      'The payload is malformed: `timestamp` is not an RFC 3339 time.',
    )
  }
  return QueuedMessage.fromJSON(json)
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new RecadoError('invalid_argument', 'The payload is not JSON.', { cause })
  }
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
