import type { FastifyReply, onRequestAsyncHookHandler } from 'fastify'
import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import { memberText } from '../../../lib/json-text.js'
import type { GatewayLimits } from '../../limits.js'
import { toMessageJson } from '../../message-json.js'
import type { Change, ChangeMessage } from '../../sending/send-message.js'
import type { HttpApp } from '../app.js'
import { present } from '../json.js'
import { bearer, bodyErrorResponses, errorResponses } from '../openapi.js'
import { Data, Id, refs } from '../schemas.js'
import { readStored, type StoredDeps } from './stored.js'

/** What the routes of stored messages need. */
export type ChangeDeps = StoredDeps & {
  change: ChangeMessage
  authenticate: onRequestAsyncHookHandler
  limits: Pick<GatewayLimits, 'readHistory'>
}

/** As that of `POST /messages`. */
const MAX_EDIT_BYTES = 128 * 1024

const edited = limits['recado.v1.EditMessageRequest']
const reacted = limits['recado.v1.AddReactionRequest']

const place = { channel_id: Id('The channel it stands in.'), id: Id("The message's id.") }
const Nonce = Type.Optional(
  Type.String({
    ...edited.nonce,
    description: "The caller's key: repeats with the same happen once. Absent: a repeat is a new change.",
  }),
)
const NonceQuery = Type.Object({ nonce: Nonce }, { additionalProperties: false })
const Place = Type.Object(place)
const ReactionPlace = Type.Object({
  ...place,
  emoji: Type.String({
    ...reacted.emoji,
    description:
      'An emoji, or a name that the application gives one, without white space; encoded as in any URL.',
  }),
})
const refusals = ['unauthenticated', 'permission_denied', 'not_found', 'resource_exhausted'] as const
const answers = {
  200: Type.Object(
    {
      message: refs.message,
      duplicate: Type.Optional(
        Type.Literal(true, {
          description: 'This changed nothing: it had happened before, or it stood so already.',
        }),
      ),
    },
    { description: 'Stored: the message as it stands.' },
  ),
  202: refs.acceptedChange,
}

/** Who changes what, and how. */
type Asked = {
  params: { channel_id: string; id: string }
  userId: string
  sessionId: string
  nonce: string | undefined
}

/** Adds the routes of messages that are stored: to read, edit and delete one, and to react to it. */
export function addChangeRoutes(app: HttpApp, deps: ChangeDeps): void {
  addReadRoute(app, deps)
  addEditRoute(app, deps)
  addDeleteRoute(app, deps)
  addReactionRoutes(app, deps)
}

function addReadRoute(app: HttpApp, { messages, authenticate, limits }: ChangeDeps): void {
  const schema = {
    tags: ['messages'],
    operationId: 'getMessage',
    summary: 'Reads a stored message, as it stands.',
    security: bearer,
    params: Place,
    response: {
      200: Type.Object({ message: refs.message }, { description: 'The message.' }),
      ...errorResponses('unauthenticated', 'not_found', 'resource_exhausted'),
    },
  }
  app.get('/channels/:channel_id/messages/:id', { schema, onRequest: authenticate }, async (request) => {
    const { params, userId } = request
    await limits.readHistory(userId)
    const asked = { channelId: params.channel_id, id: params.id }
    const { message } = await messages.call((client) => client.getMessage, asked, { userId })
    return { message: toMessageJson(present(message)) }
  })
}

function addEditRoute(app: HttpApp, deps: ChangeDeps): void {
  const schema = {
    tags: ['messages'],
    operationId: 'editMessage',
    summary: "Changes one's own message, and waits until that is stored.",
    security: bearer,
    params: Place,
    body: Type.Object(
      {
        content: Type.String({ ...edited.content, description: 'The new text, as of a new message.' }),
        data: Type.Optional(Data('The new data; absent: it stays.')),
        nonce: Nonce,
      },
      { additionalProperties: false },
    ),
    response: { ...answers, ...bodyErrorResponses(...refusals) },
  }
  const options = { schema, bodyLimit: MAX_EDIT_BYTES, onRequest: deps.authenticate }
  app.patch('/channels/:channel_id/messages/:id', options, async (request, reply) => {
    const { body, params } = request
    const { content, nonce } = body
    const value = { id: params.id, content, data: memberText(body, 'data') }
    return answer(deps, { $case: 'edit', value }, toAsked(request, nonce), reply)
  })
}

function addDeleteRoute(app: HttpApp, deps: ChangeDeps): void {
  const schema = {
    tags: ['messages'],
    operationId: 'deleteMessage',
    summary:
      "Deletes one's own message, or with `manage_messages` anybody's: it keeps its place, blank. Waits until that is stored.",
    security: bearer,
    params: Place,
    querystring: NonceQuery,
    response: { ...answers, ...errorResponses('invalid_argument', ...refusals) },
  }
  const options = { schema, onRequest: deps.authenticate }
  app.delete('/channels/:channel_id/messages/:id', options, async (request, reply) => {
    const { params, query } = request
    return answer(deps, { $case: 'delete', value: { id: params.id } }, toAsked(request, query.nonce), reply)
  })
}

function addReactionRoutes(app: HttpApp, deps: ChangeDeps): void {
  const path = '/channels/:channel_id/messages/:id/reactions/:emoji'
  const schema = {
    tags: ['messages'],
    security: bearer,
    params: ReactionPlace,
    querystring: NonceQuery,
    response: { ...answers, ...errorResponses('invalid_argument', ...refusals) },
  }
  const words = {
    put: {
      operationId: 'addReaction',
      summary: 'Reacts to a message; nothing changes where that reaction is there.',
    },
    delete: {
      operationId: 'removeReaction',
      summary: "Takes one's reaction back; nothing changes where it is not there.",
    },
  }
  for (const method of ['put', 'delete'] as const) {
    const options = { schema: { ...schema, ...words[method] }, onRequest: deps.authenticate }
    app[method](path, options, async (request, reply) => {
      const { params, query } = request
      const value = { id: params.id, emoji: params.emoji, remove: method === 'delete' }
      return answer(deps, { $case: 'react', value }, toAsked(request, query.nonce), reply)
    })
  }
}

function toAsked({ params, userId, sessionId }: Omit<Asked, 'nonce'>, nonce: string | undefined): Asked {
  return { params, userId, sessionId, nonce }
}

async function answer(
  deps: ChangeDeps,
  change: Change,
  asked: Asked,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { params, userId, sessionId, nonce } = asked
  const { channel_id: channelId, id: messageId } = params
  const accepted = await deps.change({ senderId: userId, sessionId, channelId, nonce, change })
  const stored = await readStored(deps, accepted, { messageId, userId })
  if (stored)
    return reply.code(200).send({ message: stored.message, ...(stored.isDuplicate && { duplicate: true }) })
  const { id } = accepted
  return reply.code(202).send({ id, message_id: messageId, channel_id: channelId, state: 'accepted' })
}
