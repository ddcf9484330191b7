import type { onRequestAsyncHookHandler } from 'fastify'
import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { CoreClients } from '../../core-clients.js'
import type { GatewayLimits } from '../../limits.js'
import type { HttpApp } from '../app.js'
import { present, toServerJson } from '../json.js'
import { bearer, bodyErrorResponses, errorResponses } from '../openapi.js'
import { IdempotencyHeaders, toRequestId } from '../requests/idempotency.js'
import { Id, nextPageToken, noContent, PageQuery, refs } from '../schemas.js'

const bounds = limits['recado.v1.CreateServerRequest']

/** What the routes of servers, their channels and members need. */
export type ServerDeps = {
  servers: CoreClients['servers']
  authenticate: onRequestAsyncHookHandler
  limits: GatewayLimits
}

/** The body with 1,000 ids of the longest, in bytes. */
const MAX_MEMBERS_BYTES = 256 * 1024
const Name = Type.String({
  ...bounds.name,
  description: 'Not all blank, nothing invisible in it, no white space around it.',
})
const Params = Type.Object({ id: Id("The server's id.") })
const OneServer = Type.Object({ server: refs.server }, { description: 'The server.' })

/** Adds `POST|GET /servers`, `GET|PATCH|DELETE /servers/:id` and `PUT /servers/:id/owner`. */
export function addServerRoutes(app: HttpApp, deps: ServerDeps): void {
  addCreateServer(app, deps)
  addListServers(app, deps)
  addGetServer(app, deps)
  addUpdateServer(app, deps)
  addTransferServer(app, deps)
  addDeleteServer(app, deps)
}

function addCreateServer(app: HttpApp, { servers, authenticate, limits }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'createServer',
    summary: 'Makes a server, owned by the acting user, with a first channel `general`.',
    security: bearer,
    headers: IdempotencyHeaders,
    body: Type.Object(
      {
        name: Name,
        member_ids: Type.Optional(
          Type.Array(Id("A user's id."), {
            maxItems: bounds.member_ids.maxItems,
            description: 'Users who are members from the start.',
          }),
        ),
      },
      { additionalProperties: false },
    ),
    response: { 201: OneServer, ...bodyErrorResponses('unauthenticated', 'not_found', 'resource_exhausted') },
  }
  app.post(
    '/servers',
    { schema, bodyLimit: MAX_MEMBERS_BYTES, onRequest: authenticate },
    async ({ body, headers, userId }, reply) => {
      await limits.createServer(userId)
      const asked = { name: body.name, memberIds: body.member_ids ?? [], requestId: toRequestId(headers) }
      const { server } = await servers.call((client) => client.createServer, asked, { userId })
      return reply.code(201).send({ server: toServerJson(present(server)) })
    },
  )
}

function addListServers(app: HttpApp, { servers, authenticate }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'listServers',
    summary: 'Lists the servers that the acting user is a member of, oldest first.',
    security: bearer,
    querystring: PageQuery(limits['recado.v1.ListServersRequest']),
    response: {
      200: Type.Object(
        { servers: Type.Array(refs.server), next_page_token: nextPageToken },
        { description: 'A page of servers.' },
      ),
      ...errorResponses('invalid_argument', 'unauthenticated'),
    },
  }
  app.get('/servers', { schema, onRequest: authenticate }, async ({ query, userId }) => {
    const asked = { pageSize: query.page_size ?? 0, pageToken: query.page_token ?? '' }
    const page = await servers.call((client) => client.listServers, asked, { userId })
    return {
      servers: page.servers.map(toServerJson),
      ...(page.nextPageToken && { next_page_token: page.nextPageToken }),
    }
  })
}

function addGetServer(app: HttpApp, { servers, authenticate }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'getServer',
    summary: 'Reads a server with its channels.',
    security: bearer,
    params: Params,
    response: { 200: OneServer, ...errorResponses('invalid_argument', 'unauthenticated', 'not_found') },
  }
  app.get('/servers/:id', { schema, onRequest: authenticate }, async ({ params, userId }) => {
    const { server } = await servers.call((client) => client.getServer, { serverId: params.id }, { userId })
    return { server: toServerJson(present(server)) }
  })
}

function addUpdateServer(app: HttpApp, { servers, authenticate }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'updateServer',
    summary: 'Renames a server; for those who may `manage_server`.',
    security: bearer,
    params: Params,
    body: Type.Object({ name: Name }, { additionalProperties: false }),
    response: { 200: OneServer, ...bodyErrorResponses('unauthenticated', 'permission_denied', 'not_found') },
  }
  app.patch('/servers/:id', { schema, onRequest: authenticate }, async ({ params, body, userId }) => {
    const asked = { serverId: params.id, name: body.name }
    const { server } = await servers.call((client) => client.updateServer, asked, { userId })
    return { server: toServerJson(present(server)) }
  })
}

function addTransferServer(app: HttpApp, { servers, authenticate }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'transferServer',
    summary: 'Gives a server to another member; for its owner, who stays a member.',
    security: bearer,
    params: Params,
    body: Type.Object({ user_id: Id('The member who is to own it.') }, { additionalProperties: false }),
    response: { 200: OneServer, ...bodyErrorResponses('unauthenticated', 'permission_denied', 'not_found') },
  }
  app.put('/servers/:id/owner', { schema, onRequest: authenticate }, async ({ params, body, userId }) => {
    const asked = { serverId: params.id, userId: body.user_id }
    const { server } = await servers.call((client) => client.transferServer, asked, { userId })
    return { server: toServerJson(present(server)) }
  })
}

function addDeleteServer(app: HttpApp, { servers, authenticate }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'deleteServer',
    summary: 'Deletes a server with its channels; for its owner.',
    security: bearer,
    params: Params,
    response: {
      204: noContent('Deleted.'),
      ...errorResponses('invalid_argument', 'unauthenticated', 'permission_denied', 'not_found'),
    },
  }
  app.delete('/servers/:id', { schema, onRequest: authenticate }, async ({ params, userId }, reply) => {
    await servers.call((client) => client.deleteServer, { serverId: params.id }, { userId })
    return reply.code(204).send()
  })
}
