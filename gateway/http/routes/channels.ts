import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { HttpApp } from '../app.js'
import { present, toChannelJson } from '../json.js'
import { bearer, bodyErrorResponses, errorResponses } from '../openapi.js'
import { IdempotencyHeaders, toRequestId } from '../requests/idempotency.js'
import { Id, noContent, refs } from '../schemas.js'
import type { ServerDeps } from './servers.js'

const Name = Type.String({
  ...limits['recado.v1.CreateChannelRequest'].name,
  description: 'Not all blank, nothing invisible in it, no white space around it.',
})
const asked = limits['recado.v1.UpdateChannelRequest']
const Change = Type.Object(
  {
    name: Type.Optional(Name),
    topic: Type.Optional(
      Type.String({ ...asked.topic, description: 'What it is about; empty: nothing is said.' }),
    ),
    slow_mode_s: Type.Optional(
      Type.Integer({
        ...asked.slow_mode_s,
        description: 'How long, in seconds, a member waits after a message before the next; 0: not at all.',
      }),
    ),
  },
  { additionalProperties: false, description: 'What is to change; at least one of these.' },
)
const Params = Type.Object({ id: Id("The channel's id.") })
const OneChannel = Type.Object({ channel: refs.channel }, { description: 'The channel.' })

/** Adds `POST /servers/:id/channels` and `GET|PATCH|DELETE /channels/:id`. */
export function addChannelRoutes(app: HttpApp, deps: ServerDeps): void {
  addCreateChannel(app, deps)
  addGetChannel(app, deps)
  addUpdateChannel(app, deps)
  addDeleteChannel(app, deps)
}

function addCreateChannel(app: HttpApp, { servers, authenticate, limits }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'createChannel',
    summary: 'Makes a channel; for those who may `manage_channels`. At most 500 in a server.',
    security: bearer,
    headers: IdempotencyHeaders,
    params: Type.Object({ id: Id("The server's id.") }),
    body: Type.Object({ name: Name }, { additionalProperties: false }),
    response: {
      201: OneChannel,
      ...bodyErrorResponses('unauthenticated', 'permission_denied', 'not_found', 'resource_exhausted'),
    },
  }
  app.post('/servers/:id/channels', { schema, onRequest: authenticate }, async (request, reply) => {
    const { params, body, userId } = request
    await limits.createChannel(userId)
    const asked = { serverId: params.id, name: body.name, requestId: toRequestId(request.headers) }
    const { channel } = await servers.call((client) => client.createChannel, asked, { userId })
    return reply.code(201).send({ channel: toChannelJson(present(channel)) })
  })
}

function addGetChannel(app: HttpApp, { servers, authenticate }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'getChannel',
    summary: "Reads a server's channel that one may view.",
    security: bearer,
    params: Params,
    response: { 200: OneChannel, ...errorResponses('invalid_argument', 'unauthenticated', 'not_found') },
  }
  app.get('/channels/:id', { schema, onRequest: authenticate }, async ({ params, userId }) => {
    const asked = { channelId: params.id }
    const { channel } = await servers.call((client) => client.getServerChannel, asked, { userId })
    return { channel: toChannelJson(present(channel)) }
  })
}

function addUpdateChannel(app: HttpApp, { servers, authenticate }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'updateChannel',
    summary: 'Changes what is given of a channel; for those who may `manage_channels` there.',
    security: bearer,
    params: Params,
    body: Change,
    response: { 200: OneChannel, ...bodyErrorResponses('unauthenticated', 'permission_denied', 'not_found') },
  }
  app.patch('/channels/:id', { schema, onRequest: authenticate }, async ({ params, body, userId }) => {
    const { name, topic, slow_mode_s: slowModeS } = body
    const asked = { channelId: params.id, name, topic, slowModeS }
    const { channel } = await servers.call((client) => client.updateChannel, asked, { userId })
    return { channel: toChannelJson(present(channel)) }
  })
}

function addDeleteChannel(app: HttpApp, { servers, authenticate }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'deleteChannel',
    summary: 'Deletes a channel; for those who may `manage_channels` there. The announcement channel stays.',
    security: bearer,
    params: Params,
    response: {
      204: noContent('Deleted.'),
      ...errorResponses(
        'invalid_argument',
        'failed_precondition',
        'unauthenticated',
        'permission_denied',
        'not_found',
      ),
    },
  }
  app.delete('/channels/:id', { schema, onRequest: authenticate }, async ({ params, userId }, reply) => {
    await servers.call((client) => client.deleteChannel, { channelId: params.id }, { userId })
    return reply.code(204).send()
  })
}
