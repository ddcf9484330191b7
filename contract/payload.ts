import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { QueuedCommand } from '../gen/recado/v1/payload.js'
import { RecadoError } from '../lib/errors.js'
import { isData, rawMember } from './data.js'
import { isId, isNonce } from './ids.js'
import { MAX_PAYLOAD_BYTES } from './limits.js'
import { toUtcTime } from './times.js'

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
    session_id: Type.Optional(Type.String()),
    sent_at: Type.Optional(Type.String({ maxLength: 64 })),
    data: Type.Optional(Type.Object({})),
  }),
)
const idFields = ['sender_id', 'channel_id', 'reply_to', 'attempt', 'origin', 'session_id'] as const

/** The body that travels through the queue: JSON, UTF-8. The data, which {@link isData} has let through, stands in it exactly as it was written. */
export function encodePayload(command: QueuedCommand): Buffer {
  const { data } = command
  if (data === undefined) return Buffer.from(JSON.stringify(QueuedCommand.toJSON(command)))
  const json = JSON.stringify(QueuedCommand.toJSON({ ...command, data: undefined }))
  return Buffer.from(`${json.slice(0, -1)},"data":${data}}`)
}

/**
 * Reads a body. Unknown fields are ignored. What it lets through, every later step takes; only the text is still to be validated.
 * Times become UTC in milliseconds; the data stays the text that it was.
 * @throws `invalid_argument` that says what is wrong: the message can never be processed.
 */
export function decodePayload(body: Buffer): QueuedCommand {
  const text = toText(body)
  const json = parseJson(text)
  if (!shape.Check(json)) {
    const [first] = shape.Errors(json)
    throw malformed(`${first?.instancePath || 'it'} ${first?.message ?? 'is wrong'}`)
  }
  for (const name of idFields)
    if (json[name] !== undefined && !isId(json[name])) throw malformed(`\`${name}\` is no id`)
  if (json.nonce !== undefined && !isNonce(json.nonce))
    throw malformed('`nonce` must have 1 to 64 characters')
  const timestamp = toUtcTime(json.timestamp)
  if (timestamp === undefined)
    throw malformed('`timestamp` is not an RFC 3339 time, without leap seconds, in the years 1 to 9999')
  const sentAt = json.sent_at === undefined ? undefined : toUtcTime(json.sent_at)
  if (json.sent_at !== undefined && sentAt === undefined) throw malformed('`sent_at` is not an RFC 3339 time')
  const data = json.data && rawMember(text, 'data')
  if (data !== undefined && !isData(data)) throw malformed('`data` must be an object of at most 8 KiB')
  const fields = data === undefined ? json : { ...json, data: undefined }
  return Object.assign(QueuedCommand.fromJSON(fields), { timestamp, sentAt, data })
}

function malformed(fault: string, cause?: unknown): RecadoError {
  return new RecadoError('invalid_argument', `The payload is malformed: ${fault}.`, { cause })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw malformed('it is not JSON', cause)
  }
}

/** The text of a message on its way; empty for a command of another kind. */
export function contentOf({ command }: QueuedCommand): string {
  return command?.$case === 'message' ? command.value : ''
}

/** A byte order mark is no part of JSON: it is kept, and refused as such. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes that are not UTF-8 are refused: decoded otherwise they would become other characters in silence. */
function toText(body: Buffer): string {
  if (body.length > MAX_PAYLOAD_BYTES)
    throw malformed(`it has more than ${MAX_PAYLOAD_BYTES} bytes, and no more are read`)
  try {
    return utf8.decode(body)
  } catch (cause) {
    throw malformed('it is not UTF-8', cause)
  }
}
