import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { EditCommand, QueuedCommand } from '../gen/recado/v1/payload.js'
import { RecadoError } from '../lib/errors.js'
import { isEmoji } from './commands.js'
import { rawMember } from '../lib/json-text.js'
import { isData } from './data.js'
import { isId, isNonce } from './ids.js'
import { MAX_PAYLOAD_BYTES } from './limits.js'
import { toUtcTime } from './times.js'

/** What every command has. */
const common = {
  sender_id: Type.String(),
  channel_id: Type.String(),
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
}
const messageId = Type.Refine(Type.String(), isId, () => 'is no id')
const emoji = Type.Refine(
  Type.String(),
  isEmoji,
  () => 'must have 1 to 64 characters, none of them white space',
)
const flag = Type.Optional(Type.Boolean())

/** The commands by the field that holds them; of several in one body the first counts. */
const shapes = {
  message: Compile(Type.Object({ ...common, message: Type.String() })),
  edit: Compile(
    Type.Object({
      ...common,
      edit: Type.Object({ id: messageId, content: Type.String(), data: common.data }),
    }),
  ),
  append: Compile(
    Type.Object({
      ...common,
      append: Type.Object({ id: messageId, text: Type.Optional(Type.String()), final: flag }),
    }),
  ),
  delete: Compile(Type.Object({ ...common, delete: Type.Object({ id: messageId }) })),
  react: Compile(Type.Object({ ...common, react: Type.Object({ id: messageId, emoji, remove: flag }) })),
}
const changes = ['edit', 'append', 'delete', 'react'] as const

const idFields = ['sender_id', 'channel_id', 'reply_to', 'attempt', 'origin', 'session_id'] as const

/** The body that travels through the queue: JSON, UTF-8. Data, which {@link isData} has let through, stands in it exactly as it was written. */
export function encodePayload(command: QueuedCommand): Buffer {
  const { data } = command
  const edit = command.command?.$case === 'edit' ? command.command.value : undefined
  if (data === undefined && edit?.data === undefined)
    return Buffer.from(JSON.stringify(QueuedCommand.toJSON(command)))
  const plain = { ...command, data: undefined, ...(edit && { command: undefined }) }
  let json = JSON.stringify(QueuedCommand.toJSON(plain))
  if (edit) {
    const fields = JSON.stringify(EditCommand.toJSON({ ...edit, data: undefined }))
    json = withMember(json, 'edit', withMember(fields, 'data', edit.data))
  }
  return Buffer.from(withMember(json, 'data', data))
}

/** A JSON object, not empty, with one more member, whose value is JSON already. */
function withMember(json: string, name: string, value: string | undefined): string {
  return value === undefined ? json : `${json.slice(0, -1)},"${name}":${value}}`
}

/**
 * Reads a body. Unknown fields are ignored. What it lets through, every later step takes; only the text is still to be validated.
 * Times become UTC in milliseconds; data stays the text that it was.
 * @throws `invalid_argument` that says what is wrong: the message can never be processed.
 */
export function decodePayload(body: Buffer): QueuedCommand {
  const text = toText(body)
  const json = toFields(parseJson(text))
  for (const name of idFields)
    if (json[name] !== undefined && !isId(json[name])) throw malformed(`\`${name}\` is no id`)
  if (json.nonce !== undefined && !isNonce(json.nonce))
    throw malformed('`nonce` must have 1 to 64 characters')
  const timestamp = toUtcTime(json.timestamp)
  if (timestamp === undefined)
    throw malformed('`timestamp` is not an RFC 3339 time, without leap seconds, in the years 1 to 9999')
  const sentAt = json.sent_at === undefined ? undefined : toUtcTime(json.sent_at)
  if (json.sent_at !== undefined && sentAt === undefined) throw malformed('`sent_at` is not an RFC 3339 time')
  const data = json.data && toDataText(text)
  const edit = 'message' in json ? undefined : json.edit
  const edited = edit?.data && toDataText(rawMember(text, 'edit') ?? '')
  const isPlain = data === undefined && edited === undefined
  const fields = isPlain ? json : { ...json, data: undefined, edit: edit && { ...edit, data: undefined } }
  const command = Object.assign(QueuedCommand.fromJSON(fields), { timestamp, sentAt, data })
  if (command.command?.$case === 'edit') command.command.value.data = edited
  return command
}

/** What is looked at before it is read. */
type Fields = Static<Type.TObject<typeof common>> & {
  message?: string
  edit?: { data?: object }
}

/** The fields of one command of some kind; other commands beside it are fields that are not known. @throws `invalid_argument` */
function toFields(json: unknown): Fields {
  const kind = isObject(json) && !('message' in json) ? changes.find((name) => name in json) : undefined
  const shape = shapes[kind ?? 'message']
  if (!shape.Check(json)) {
    const [first] = shape.Errors(json)
    throw malformed(`${first?.instancePath || 'it'} ${first?.message ?? 'is wrong'}`)
  }
  return json
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The data in an object's text. @throws `invalid_argument` unless it is in order. */
function toDataText(json: string): string {
  const data = rawMember(json, 'data')
  if (data === undefined || !isData(data)) throw malformed('`data` must be an object of at most 8 KiB')
  return data
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
