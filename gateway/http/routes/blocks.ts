import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { HttpApp } from '../app.js'
import { toUserJson } from '../json.js'
import { bearer, errorResponses } from '../openapi.js'
import { Id, nextPageToken, noContent, PageQuery, refs } from '../schemas.js'
import type { UserDeps } from './users.js'

const Params = Type.Object({ id: Id("The other user's id.") })

/** Adds `GET /users/me/blocks` and `PUT|DELETE /users/me/blocks/:id`. */
export function addBlockRoutes(app: HttpApp, deps: UserDeps): void {
  addListBlocks(app, deps)
  addCreateBlock(app, deps)
  addDeleteBlock(app, deps)
}

function addListBlocks(app: HttpApp, { users, authenticate }: UserDeps): void {
  const schema = {
    tags: ['users'],
    operationId: 'listBlocks',
    summary: 'Lists whom the acting user blocks, in the order of their ids.',
    security: bearer,
    querystring: PageQuery(limits['recado.v1.ListBlocksRequest']),
    response: {
      200: Type.Object(
        { users: Type.Array(refs.user), next_page_token: nextPageToken },
        { description: 'A page of users.' },
      ),
      ...errorResponses('invalid_argument', 'unauthenticated'),
    },
  }
  app.get('/users/me/blocks', { schema, onRequest: authenticate }, async ({ query, userId }) => {
    const asked = { pageSize: query.page_size ?? 0, pageToken: query.page_token ?? '' }
    const page = await users.call((client) => client.listBlocks, asked, { userId })
    return {
      users: page.users.map(toUserJson),
      ...(page.nextPageToken && { next_page_token: page.nextPageToken }),
    }
  })
}

function addCreateBlock(app: HttpApp, { users, authenticate, limits }: UserDeps): void {
  const schema = {
    tags: ['users'],
    operationId: 'createBlock',
    summary: 'Blocks a user: no directs between the two, and no notification of what the other writes.',
    security: bearer,
    params: Params,
    response: {
      204: noContent('Blocked.'),
      ...errorResponses('invalid_argument', 'unauthenticated', 'not_found', 'resource_exhausted'),
    },
  }
  app.put('/users/me/blocks/:id', { schema, onRequest: authenticate }, async ({ params, userId }, reply) => {
    await limits.changeAccount(userId)
    await users.call((client) => client.createBlock, { userId: params.id }, { userId })
    return reply.code(204).send()
  })
}

function addDeleteBlock(app: HttpApp, { users, authenticate, limits }: UserDeps): void {
  const schema = {
    tags: ['users'],
    operationId: 'deleteBlock',
    summary: 'Lifts a block; nothing changes where there is none.',
    security: bearer,
    params: Params,
    response: {
      204: noContent('Not blocked.'),
      ...errorResponses('invalid_argument', 'unauthenticated', 'resource_exhausted'),
    },
  }
  app.delete(
    '/users/me/blocks/:id',
    { schema, onRequest: authenticate },
    async ({ params, userId }, reply) => {
      await limits.changeAccount(userId)
      await users.call((client) => client.deleteBlock, { userId: params.id }, { userId })
      return reply.code(204).send()
    },
  )
}
