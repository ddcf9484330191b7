import type { onRequestAsyncHookHandler } from 'fastify'
import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { CoreClients } from '../../core-clients.js'
import type { GatewayLimits } from '../../limits.js'
import type { HttpApp } from '../app.js'
import { present, toDirectJson } from '../json.js'
import { bearer, bodyErrorResponses, errorResponses } from '../openapi.js'
import { IdempotencyHeaders, toRequestId } from '../requests/idempotency.js'
import { Id, nextPageToken, PageQuery, refs } from '../schemas.js'

/** What the routes of directs need. */
export type DirectDeps = {
  directs: CoreClients['directs']
  authenticate: onRequestAsyncHookHandler
  limits: GatewayLimits
}

const others = limits['recado.v1.CreateGroupDirectRequest'].user_ids

const Body = Type.Object(
  {
    user_id: Type.Optional(Id('The other one: the direct of the two is opened, or found.')),
    user_ids: Type.Optional(
      Type.Array(Id("A user's id."), {
        minItems: others.minItems,
        maxItems: others.maxItems,
        uniqueItems: true,
        description: 'The others of a new group, without oneself.',
      }),
    ),
  },
  {
    additionalProperties: false,
    oneOf: [{ required: ['user_id'] }, { required: ['user_ids'] }],
    description: 'Exactly one of `user_id` and `user_ids`.',
  },
)

/** Adds `POST|GET /directs`. */
export function addDirectRoutes(app: HttpApp, deps: DirectDeps): void {
  addOpenDirect(app, deps)
  addListDirects(app, deps)
}

function addOpenDirect(app: HttpApp, { directs, authenticate, limits }: DirectDeps): void {
  const schema = {
    tags: ['directs'],
    operationId: 'openDirect',
    summary: 'Opens the direct with a user, the same one whoever asks; or makes a new group of 3-10.',
    security: bearer,
    headers: IdempotencyHeaders,
    body: Body,
    response: {
      200: { ...refs.direct, description: 'The direct of the two.' },
      201: { ...refs.direct, description: 'The new group.' },
      ...bodyErrorResponses('unauthenticated', 'not_found', 'resource_exhausted'),
    },
  }
  app.post('/directs', { schema, onRequest: authenticate }, async ({ body, headers, userId }, reply) => {
    await limits.openDirect(userId)
    if (body.user_ids) {
      const asked = { userIds: body.user_ids, requestId: toRequestId(headers) }
      const { direct } = await directs.call((client) => client.createGroupDirect, asked, { userId })
      return reply.code(201).send(toDirectJson(present(direct)))
    }
    const asked = { userId: body.user_id ?? '' }
    const { direct } = await directs.call((client) => client.openDirect, asked, { userId })
    return reply.code(200).send(toDirectJson(present(direct)))
  })
}

function addListDirects(app: HttpApp, { directs, authenticate }: DirectDeps): void {
  const schema = {
    tags: ['directs'],
    operationId: 'listDirects',
    summary: 'Lists the directs of the acting user, the one with the latest message first.',
    security: bearer,
    querystring: PageQuery(limits['recado.v1.ListDirectsRequest']),
    response: {
      200: Type.Object(
        { directs: Type.Array(refs.direct), next_page_token: nextPageToken },
        { description: 'A page of directs.' },
      ),
      ...errorResponses('invalid_argument', 'unauthenticated'),
    },
  }
  app.get('/directs', { schema, onRequest: authenticate }, async ({ query, userId }) => {
    const asked = { pageSize: query.page_size ?? 0, pageToken: query.page_token ?? '' }
    const page = await directs.call((client) => client.listDirects, asked, { userId })
    return {
      directs: page.directs.map(toDirectJson),
      ...(page.nextPageToken && { next_page_token: page.nextPageToken }),
    }
  })
}
