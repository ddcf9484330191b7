import type { onRequestAsyncHookHandler } from 'fastify'
import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { CoreClients } from '../../core-clients.js'
import type { HttpApp } from '../app.js'
import { present, toUserJson } from '../json.js'
import { bearer, bodyErrorResponses, errorResponses } from '../openapi.js'
import { IdempotencyHeaders, toRequestId } from '../requests/idempotency.js'
import { Id, refs } from '../schemas.js'
import type { GatewayLimits } from '../../limits.js'

const asked = limits['recado.v1.CreateUserRequest']

/** What the routes of users need. */
export type UserDeps = {
  users: CoreClients['users']
  authenticate: onRequestAsyncHookHandler
  limits: GatewayLimits
}

/** Adds `POST|GET /users`, `GET /users/me` and `GET /users/:id`. */
export function addUserRoutes(app: HttpApp, deps: UserDeps): void {
  addCreateUser(app, deps)
  addFindUser(app, deps)
  addReadUser(app, deps)
}

function addCreateUser(app: HttpApp, { users, limits }: UserDeps): void {
  const schema = {
    tags: ['users'],
    operationId: 'createUser',
    summary: 'Signs up: makes a user and a first session.',
    headers: IdempotencyHeaders,
    body: Type.Object(
      {
        username: Type.String({
          ...asked.username,
          description: 'Unique but for case and width; nothing invisible in it, no white space around it.',
        }),
        password: Type.String({
          ...asked.password,
          description: 'Any characters.',
        }),
      },
      { additionalProperties: false },
    ),
    response: {
      201: Type.Object(
        { user: refs.user, token: Type.String({ description: 'The bearer token of the session.' }) },
        { description: 'The new user, signed in.' },
      ),
      ...bodyErrorResponses('already_exists', 'resource_exhausted'),
    },
  }
  app.post('/users', { schema }, async (request, reply) => {
    await limits.signUp(request.ip)
    const { username, password } = request.body
    const created = await users.call(
      (client) => client.createUser,
      { username, password, requestId: toRequestId(request.headers) },
      { clientAddress: request.ip },
    )
    return reply.code(201).send({ user: toUserJson(present(created.user)), token: created.token })
  })
}

function addFindUser(app: HttpApp, { users, authenticate, limits: rates }: UserDeps): void {
  const schema = {
    tags: ['users'],
    operationId: 'listUsers',
    summary: 'Finds a user by their whole name, or one that looks like it.',
    security: bearer,
    querystring: Type.Object(
      {
        username: Type.String({
          ...limits['recado.v1.ListUsersRequest'].username,
          description: 'The whole name. One that nobody can have finds nobody.',
        }),
      },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({ users: Type.Array(refs.user) }, { description: 'One user, or none.' }),
      ...errorResponses('invalid_argument', 'unauthenticated', 'resource_exhausted'),
    },
  }
  app.get('/users', { schema, onRequest: authenticate }, async ({ query, userId }) => {
    await rates.lookUp(userId)
    const found = await users.call((client) => client.listUsers, { username: query.username }, { userId })
    return { users: found.users.map(toUserJson) }
  })
}

function addReadUser(app: HttpApp, { users, authenticate }: UserDeps): void {
  const response = {
    200: Type.Object({ user: refs.user }, { description: 'The user.' }),
    ...errorResponses('invalid_argument', 'unauthenticated', 'not_found'),
  }
  const read = async (userId: string, actingUserId: string) => {
    const { user } = await users.call((client) => client.getUser, { userId }, { userId: actingUserId })
    return { user: toUserJson(present(user)) }
  }

  const me = { tags: ['users'], operationId: 'getMe', summary: 'Reads oneself.', security: bearer, response }
  app.get('/users/me', { schema: me, onRequest: authenticate }, ({ userId }) => read(userId, userId))

  const schema = {
    tags: ['users'],
    operationId: 'getUser',
    summary: 'Reads a user.',
    security: bearer,
    params: Type.Object({ id: Id("The user's id.") }),
    response,
  }
  app.get('/users/:id', { schema, onRequest: authenticate }, ({ params, userId }) => read(params.id, userId))
}
