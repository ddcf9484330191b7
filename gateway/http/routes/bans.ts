import type { onRequestAsyncHookHandler } from 'fastify'
import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { CoreClients } from '../../core-clients.js'
import type { HttpApp } from '../app.js'
import { present, toBanJson } from '../json.js'
import { bearer, bodyErrorResponses, errorResponses } from '../openapi.js'
import { optionalBody } from '../requests/optional-body.js'
import { Id, nextPageToken, noContent, PageQuery, refs } from '../schemas.js'

/** What the routes that keep a server in order need. */
export type KeepingDeps = {
  moderation: CoreClients['moderation']
  authenticate: onRequestAsyncHookHandler
}

const ServerParams = Type.Object({ id: Id("The server's id.") })
const UserParams = Type.Object({ id: Id("The server's id."), user_id: Id("The user's id.") })

/** Adds `GET /servers/:id/bans` and `PUT|DELETE /servers/:id/bans/:user_id`. */
export function addBanRoutes(app: HttpApp, deps: KeepingDeps): void {
  addListBans(app, deps)
  addBanUser(app, deps)
  addUnbanUser(app, deps)
}

function addListBans(app: HttpApp, { moderation, authenticate }: KeepingDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'listBans',
    summary: 'Lists who is banned, in the order of the user ids; for those who may `ban_members`.',
    security: bearer,
    params: ServerParams,
    querystring: PageQuery(limits['recado.v1.ListBansRequest']),
    response: {
      200: Type.Object(
        { bans: Type.Array(refs.ban), next_page_token: nextPageToken },
        { description: 'A page of bans.' },
      ),
      ...errorResponses('invalid_argument', 'unauthenticated', 'permission_denied', 'not_found'),
    },
  }
  app.get('/servers/:id/bans', { schema, onRequest: authenticate }, async ({ params, query, userId }) => {
    const asked = { serverId: params.id, pageSize: query.page_size ?? 0, pageToken: query.page_token ?? '' }
    const page = await moderation.call((client) => client.listBans, asked, { userId })
    return {
      bans: page.bans.map(toBanJson),
      ...(page.nextPageToken && { next_page_token: page.nextPageToken }),
    }
  })
}

function addBanUser(app: HttpApp, { moderation, authenticate }: KeepingDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'banUser',
    summary:
      'Bans a user, member or not, who does not stand above; for those who may `ban_members`. At most 10,000 of a server.',
    security: bearer,
    params: UserParams,
    body: Type.Object(
      {
        reason: Type.Optional(
          Type.String({
            ...limits['recado.v1.BanUserRequest'].reason,
            description: 'Why; absent: it is not said.',
          }),
        ),
      },
      { additionalProperties: false, description: 'May be left out.' },
    ),
    response: {
      200: Type.Object(
        { ban: refs.ban },
        { description: 'Banned: within a second nothing more reaches their connections.' },
      ),
      ...bodyErrorResponses(
        'failed_precondition',
        'unauthenticated',
        'permission_denied',
        'not_found',
        'resource_exhausted',
      ),
    },
  }
  app.put(
    '/servers/:id/bans/:user_id',
    { schema, onRequest: authenticate, preValidation: optionalBody },
    async ({ params, body, userId }) => {
      const asked = { serverId: params.id, userId: params.user_id, reason: body.reason }
      const { ban } = await moderation.call((client) => client.banUser, asked, { userId })
      return { ban: toBanJson(present(ban)) }
    },
  )
}

function addUnbanUser(app: HttpApp, { moderation, authenticate }: KeepingDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'unbanUser',
    summary: 'Lifts a ban; for those who may `ban_members`. Nothing changes where there is none.',
    security: bearer,
    params: UserParams,
    response: {
      204: noContent('Lifted. The user is no member by it.'),
      ...errorResponses('invalid_argument', 'unauthenticated', 'permission_denied', 'not_found'),
    },
  }
  app.delete('/servers/:id/bans/:user_id', { schema, onRequest: authenticate }, async (request, reply) => {
    const { params, userId } = request
    const asked = { serverId: params.id, userId: params.user_id }
    await moderation.call((client) => client.unbanUser, asked, { userId })
    return reply.code(204).send()
  })
}
