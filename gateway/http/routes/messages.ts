import type { onRequestAsyncHookHandler } from 'fastify'
import Type, { type Static } from 'typebox'
import { limits } from '../../../gen/limits.js'
import { JsonText, memberText } from '../../../lib/json-text.js'
import type { Recipients } from '../../sending/recipients.js'
import type { Accepted, Draft, SendMessage } from '../../sending/send-message.js'
import type { HttpApp } from '../app.js'
import { bearer, bodyErrorResponses } from '../openapi.js'
import { Data, Id, refs, Time, type AcceptedMessageJson } from '../schemas.js'
import { IdempotencyHeaders, toRequestId } from '../requests/idempotency.js'
import { readStored, type StoredDeps } from './stored.js'

/** What the route of messages needs. */
export type MessageDeps = StoredDeps & {
  send: SendMessage
  recipients: Pick<Recipients, 'channelOf'>
  authenticate: onRequestAsyncHookHandler
}

/** The body with the longest text, every character of it escaped as two `\\uXXXX`, and the largest `data`, in bytes. */
const MAX_MESSAGE_BYTES = 128 * 1024

type Given = Omit<Static<typeof Body>, 'nonce' | 'data'> & Pick<Draft, 'nonce' | 'data'>

const targets = ['channel_id', 'server_id', 'user_id'] as const

const asked = limits['recado.v1.SendMessageRequest']

const Body = Type.Object(
  {
    channel_id: Type.Optional(Id('The channel to write to.')),
    server_id: Type.Optional(Id('The server to write to: its announcement channel.')),
    user_id: Type.Optional(Id('The user to write to: the direct of the two, opened where there is none.')),
    content: Type.String({ ...asked.content, description: 'The text: not all blank, well-formed Unicode.' }),
    nonce: Type.Optional(
      Type.String({
        ...asked.nonce,
        description: "The sender's key: repeats with the same are stored once. Absent: a repeat is new.",
      }),
    ),
    reply_to: Type.Optional(Id('The id of the message that this one answers.')),
    data: Type.Optional(
      Data('What the application sends along, at most 8 KiB: kept and handed on as it is.'),
    ),
    timestamp: Type.Optional(Time("The sender's own clock; kept as `sent_at`.")),
  },
  {
    additionalProperties: false,
    oneOf: targets.map((target) => ({ required: [target] })),
    description: 'Exactly one of `channel_id`, `server_id` and `user_id`.',
  },
)

const schema = {
  tags: ['messages'],
  operationId: 'sendMessage',
  summary:
    'Writes a message, and waits until it is stored. Repeat it with its nonce when the answer did not come.',
  security: bearer,
  headers: IdempotencyHeaders,
  body: Body,
  response: {
    201: Type.Object(
      {
        message: refs.message,
        duplicate: Type.Optional(
          Type.Literal(true, { description: 'A message with this nonce was stored before: it is this one.' }),
        ),
      },
      { description: 'Stored.' },
    ),
    202: Type.Object(
      { message: refs.acceptedMessage, state: Type.Literal('accepted') },
      { description: 'Accepted: it will be stored; repeat with the nonce to see it stored.' },
    ),
    ...bodyErrorResponses('unauthenticated', 'permission_denied', 'not_found', 'resource_exhausted'),
  },
}

/** Adds `POST /messages`. */
export function addMessageRoutes(app: HttpApp, deps: MessageDeps): void {
  const { authenticate: onRequest } = deps
  app.post('/messages', { schema, bodyLimit: MAX_MESSAGE_BYTES, onRequest }, async (request, reply) => {
    const { body, userId, sessionId } = request
    const key = toRequestId(request.headers) || undefined
    const channelId = await findChannel(deps, body, userId)
    const given = { ...body, nonce: body.nonce ?? key, data: memberText(body, 'data') }
    const draft = toDraft(given, { userId, sessionId, channelId })
    const accepted = await deps.send(draft)
    const stored = await readStored(deps, accepted, { messageId: accepted.id, userId })
    if (stored)
      return reply
        .code(201)
        .send({ message: stored.message, ...(stored.isDuplicate && { duplicate: true as const }) })
    return reply.code(202).send({ message: toAcceptedJson(draft, accepted), state: 'accepted' })
  })
}

async function findChannel(
  { recipients }: MessageDeps,
  { channel_id: channelId, server_id: serverId, user_id: userId = '' }: Static<typeof Body>,
  senderId: string,
): Promise<string> {
  if (channelId !== undefined) return channelId
  const recipient =
    serverId === undefined
      ? { $case: 'userId' as const, value: userId }
      : { $case: 'serverId' as const, value: serverId }
  return recipients.channelOf(senderId, recipient)
}

type By = { userId: string; sessionId: string; channelId: string }

function toDraft(body: Given, { userId, sessionId, channelId }: By): Draft {
  return {
    senderId: userId,
    sessionId,
    channelId,
    content: body.content,
    nonce: body.nonce,
    replyTo: body.reply_to,
    data: body.data,
    sentAt: body.timestamp,
  }
}

function toAcceptedJson(draft: Draft, { id, channelId, timestamp }: Accepted): AcceptedMessageJson {
  return {
    id,
    channel_id: channelId,
    sender_id: draft.senderId,
    content: draft.content,
    timestamp,
    ...(draft.nonce !== undefined && { nonce: draft.nonce }),
    ...(draft.replyTo !== undefined && { reply_to: draft.replyTo }),
    ...(draft.data !== undefined && { data: new JsonText(draft.data) }),
    ...(draft.sentAt !== undefined && { sent_at: draft.sentAt }),
  }
}
