import type { onRequestAsyncHookHandler } from 'fastify'
import Type from 'typebox'
import { limits as bounds } from '../../../gen/limits.js'
import type { CoreClients } from '../../core-clients.js'
import type { GatewayLimits } from '../../limits.js'
import type { HttpApp } from '../app.js'
import { present, toInviteJson, toServerJson } from '../json.js'
import { bearer, bodyErrorResponses, errorResponses } from '../openapi.js'
import { IdempotencyHeaders, toRequestId } from '../requests/idempotency.js'
import { optionalBody } from '../requests/optional-body.js'
import { Id, nextPageToken, noContent, PageQuery, refs } from '../schemas.js'

/** What the routes of invites need. */
export type InviteDeps = {
  invites: CoreClients['invites']
  authenticate: onRequestAsyncHookHandler
  limits: GatewayLimits
}

const asked = bounds['recado.v1.CreateInviteRequest']
const ServerParams = Type.Object({ id: Id("The server's id.") })
const CodeParams = Type.Object({
  code: Type.String({ ...bounds['recado.v1.GetInviteRequest'].code, description: "The invite's code." }),
})
const OneInvite = Type.Object({ invite: refs.invite }, { description: 'The invite.' })

/** Adds `GET|POST /servers/:id/invites` and `GET|POST|DELETE /invites/:code`. */
export function addInviteRoutes(app: HttpApp, deps: InviteDeps): void {
  addCreateInvite(app, deps)
  addListInvites(app, deps)
  addGetInvite(app, deps)
  addAcceptInvite(app, deps)
  addDeleteInvite(app, deps)
}

function addCreateInvite(app: HttpApp, { invites, authenticate, limits }: InviteDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'createInvite',
    summary:
      'Makes an invite; for those who may `create_invites`. At most 1,000 of a server can be used at a time.',
    security: bearer,
    headers: IdempotencyHeaders,
    params: ServerParams,
    body: Type.Object(
      {
        expires_in_s: Type.Optional(
          Type.Integer({ ...asked.expires_in_s, description: 'For how long, in seconds; absent: for ever.' }),
        ),
        max_uses: Type.Optional(
          Type.Integer({
            ...asked.max_uses,
            description: 'How many may become members by it; absent: any number.',
          }),
        ),
      },
      { additionalProperties: false, description: 'What it allows; may be left out.' },
    ),
    response: {
      201: OneInvite,
      ...bodyErrorResponses('unauthenticated', 'permission_denied', 'not_found', 'resource_exhausted'),
    },
  }
  app.post(
    '/servers/:id/invites',
    { schema, onRequest: authenticate, preValidation: optionalBody },
    async ({ params, body, headers, userId }, reply) => {
      await limits.invite(userId)
      const { expires_in_s: expiresInS, max_uses: maxUses } = body
      const asked = { serverId: params.id, expiresInS, maxUses, requestId: toRequestId(headers) }
      const { invite } = await invites.call((client) => client.createInvite, asked, { userId })
      return reply.code(201).send({ invite: toInviteJson(present(invite)) })
    },
  )
}

function addListInvites(app: HttpApp, { invites, authenticate }: InviteDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'listInvites',
    summary: 'Lists the invites of a server that can still be used; for those who may `manage_server`.',
    security: bearer,
    params: ServerParams,
    querystring: PageQuery(bounds['recado.v1.ListInvitesRequest']),
    response: {
      200: Type.Object(
        { invites: Type.Array(refs.invite), next_page_token: nextPageToken },
        { description: 'A page of invites, in the order of their codes.' },
      ),
      ...errorResponses('invalid_argument', 'unauthenticated', 'permission_denied', 'not_found'),
    },
  }
  app.get('/servers/:id/invites', { schema, onRequest: authenticate }, async ({ params, query, userId }) => {
    const asked = { serverId: params.id, pageSize: query.page_size ?? 0, pageToken: query.page_token ?? '' }
    const page = await invites.call((client) => client.listInvites, asked, { userId })
    return {
      invites: page.invites.map(toInviteJson),
      ...(page.nextPageToken && { next_page_token: page.nextPageToken }),
    }
  })
}

function addGetInvite(app: HttpApp, { invites, authenticate, limits }: InviteDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'getInvite',
    summary: 'Tells where an invite leads, to any signed-in user.',
    security: bearer,
    params: CodeParams,
    response: {
      200: Type.Object(
        {
          invite: refs.invite,
          server: Type.Object(
            { id: Type.String(), name: Type.String() },
            { description: 'The server it leads to.' },
          ),
          member_count: Type.Integer({ description: 'How many members the server has.' }),
        },
        { description: 'Where it leads.' },
      ),
      ...errorResponses('invalid_argument', 'unauthenticated', 'not_found', 'resource_exhausted'),
    },
  }
  app.get('/invites/:code', { schema, onRequest: authenticate }, async ({ params, userId }) => {
    await limits.invite(userId)
    const asked = { code: params.code }
    const found = await invites.call((client) => client.getInvite, asked, { userId })
    const invite = toInviteJson(present(found.invite))
    return {
      invite,
      server: { id: invite.server_id, name: found.serverName },
      member_count: found.memberCount,
    }
  })
}

function addAcceptInvite(app: HttpApp, { invites, authenticate, limits }: InviteDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'acceptInvite',
    summary: 'Becomes a member by an invite. Nothing changes for one who is.',
    security: bearer,
    params: CodeParams,
    response: {
      200: Type.Object({ server: refs.server }, { description: 'The server.' }),
      ...errorResponses(
        'invalid_argument',
        'unauthenticated',
        'permission_denied',
        'not_found',
        'resource_exhausted',
      ),
    },
  }
  app.post('/invites/:code', { schema, onRequest: authenticate }, async ({ params, userId }) => {
    await limits.invite(userId)
    const asked = { code: params.code }
    const { server } = await invites.call((client) => client.acceptInvite, asked, { userId })
    return { server: toServerJson(present(server)) }
  })
}

function addDeleteInvite(app: HttpApp, { invites, authenticate }: InviteDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'deleteInvite',
    summary: 'Deletes an invite; for who made it and those who may `manage_server`.',
    security: bearer,
    params: CodeParams,
    response: {
      204: noContent('Deleted.'),
      ...errorResponses('invalid_argument', 'unauthenticated', 'permission_denied', 'not_found'),
    },
  }
  app.delete('/invites/:code', { schema, onRequest: authenticate }, async ({ params, userId }, reply) => {
    await invites.call((client) => client.deleteInvite, { code: params.code }, { userId })
    return reply.code(204).send()
  })
}
