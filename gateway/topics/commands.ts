import { Type, type Static, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { limits } from '../../gen/limits.js'
import { RecadoError } from '../../lib/errors.js'
import { memberText } from '../../lib/json-text.js'
import { toErrorReply } from '../errors.js'
import type { Reply } from '../phoenix/handler.js'
import type { Change } from '../sending/send-message.js'
import type { Post } from './posting.js'

const asked = limits['recado.v1.SendMessageRequest']
const nonce = Type.Optional(Type.String(asked.nonce))

const written = {
  content: Type.String(asked.content),
  nonce,
  reply_to: Type.Optional(Type.String(asked.reply_to)),
  /** A JSON object; its size is checked where every face's is. */
  data: Type.Optional(Type.Object({})),
  /** The client's own clock. */
  timestamp: Type.Optional(Type.String()),
}
const send = Type.Object(written, strict())
const read = Type.Object({ seq: Type.Integer(limits['recado.v1.MarkReadRequest'].seq), nonce }, strict())
const sendToUser = Type.Object({ user_id: Type.String(asked.user_id), ...written }, strict())

/** `message:send` as it comes in. */
export type SendCommand = Static<typeof send>

/** Reads the payload of `message:send`. @throws `invalid_argument` that names each field at fault. */
export const parseSend = parser(send)

/** Reads the payload of `read`. @throws `invalid_argument` that names each field at fault. */
export const parseRead = parser(read)

/** Reads the payload of `message:send` on one's own topic. @throws `invalid_argument` that names each field at fault. */
export const parseSendToUser = parser(sendToUser)

/** What a command says of a message, but for its channel. */
export function toPost(command: SendCommand): Omit<Post, 'channelId'> {
  const { content, nonce, reply_to: replyTo, timestamp: sentAt } = command
  return { content, nonce, replyTo, data: memberText(command, 'data'), sentAt }
}

const edited = limits['recado.v1.EditMessageRequest']
const appended = limits['recado.v1.AppendToMessageRequest']
const reacted = limits['recado.v1.AddReactionRequest']
const id = Type.String(edited.id)
const { content, data } = written

const parseEdit = parser(Type.Object({ id, content, data, nonce }, strict()))
const parseAppend = parser(
  Type.Object(
    { id, text: Type.String(appended.text), final: Type.Optional(Type.Boolean()), nonce },
    strict(),
  ),
)
const parseDelete = parser(Type.Object({ id, nonce }, strict()))
const parseReaction = parser(Type.Object({ id, emoji: Type.String(reacted.emoji), nonce }, strict()))

/** A change as it is pushed. */
export type PushedChange = { change: Change; nonce: string | undefined }

/**
 * The changes that can be pushed, by their events: each reads its payload.
 * @throws `invalid_argument` that names each field at fault.
 */
const changes: Readonly<Record<string, (payload: unknown) => PushedChange>> = {
  'message:edit': (payload) => {
    const command = parseEdit(payload)
    const { id, content, nonce } = command
    return { change: { $case: 'edit', value: { id, content, data: memberText(command, 'data') } }, nonce }
  },
  'message:append': (payload) => {
    const { id, text, final = false, nonce } = parseAppend(payload)
    return { change: { $case: 'append', value: { id, text, final } }, nonce }
  },
  'message:delete': (payload) => {
    const { id, nonce } = parseDelete(payload)
    return { change: { $case: 'delete', value: { id } }, nonce }
  },
  'reaction:add': (payload) => toReaction(payload, false),
  'reaction:remove': (payload) => toReaction(payload, true),
}

/** What reads the payload of an event that changes a message; undefined for every other event. */
export function findChange(event: string): ((payload: unknown) => PushedChange) | undefined {
  return Object.hasOwn(changes, event) ? changes[event] : undefined
}

function toReaction(payload: unknown, remove: boolean): PushedChange {
  const { id, emoji, nonce } = parseReaction(payload)
  return { change: { $case: 'react', value: { id, emoji, remove } }, nonce }
}

/** Answers a push with whatever its work rejects with. */
export function answerFaults(work: Promise<void>, reply: Reply): void {
  work.catch((error: unknown) => reply('error', toErrorReply(error)))
}

/** The reply to an event that no join of such a topic knows. */
export function replyUnknown(event: string, reply: Reply): void {
  const text = `This server does not know the event \`${event}\` on this topic.`
  reply('error', toErrorReply(new RecadoError('unimplemented', text)))
}

function strict() {
  return { additionalProperties: false }
}

function parser<S extends TSchema>(schema: S): (payload: unknown) => Static<S> {
  const compiled = Compile(schema)
  return (payload) => {
    if (payload instanceof Uint8Array)
      throw new RecadoError('invalid_argument', 'The payload must be a JSON object, not a binary frame.')
    if (compiled.Check(payload)) return payload
    throw new RecadoError('invalid_argument', describe(compiled.Errors(payload)))
  }
}

type Fault = { keyword: string; instancePath: string; message: string; params: object }

function describe(faults: readonly Fault[]): string {
  const sentences = faults.flatMap((fault) => {
    if ('additionalProperties' in fault.params)
      return (fault.params.additionalProperties as string[]).map((name) => `\`${name}\` is not known`)
    const field = fault.instancePath.slice(1)
    return [field ? `\`${field}\` ${fault.message}` : fault.message]
  })
  return `The payload is malformed: ${[...new Set(sentences)].slice(0, 5).join('; ')}.`
}
