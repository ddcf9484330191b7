import type { onRequestAsyncHookHandler } from 'fastify'
import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { CoreClients } from '../../core-clients.js'
import type { GatewayLimits } from '../../limits.js'
import type { HttpApp } from '../app.js'
import { present, toUserJson } from '../json.js'
import { bearer, bodyErrorResponses, errorResponses } from '../openapi.js'
import { noContent, refs } from '../schemas.js'

const asked = limits['recado.v1.CreateSessionRequest']

/** What the routes of sessions need. */
export type SessionDeps = {
  users: CoreClients['users']
  authenticate: onRequestAsyncHookHandler
  limits: GatewayLimits
}

/** Adds `POST /sessions` and `DELETE /sessions`. */
export function addSessionRoutes(app: HttpApp, deps: SessionDeps): void {
  addCreateSession(app, deps)
  addDeleteSession(app, deps)
}

function addCreateSession(app: HttpApp, { users, limits }: SessionDeps): void {
  const schema = {
    tags: ['users'],
    operationId: 'createSession',
    summary: 'Signs in by name and password.',
    body: Type.Object(
      {
        username: Type.String({
          ...asked.username,
          description: "The user's name.",
        }),
        password: Type.String({
          ...asked.password,
          description: "The user's password.",
        }),
      },
      { additionalProperties: false },
    ),
    response: {
      201: Type.Object(
        { user: refs.user, token: Type.String({ description: 'The bearer token of the new session.' }) },
        { description: 'The user, signed in.' },
      ),
      ...bodyErrorResponses('unauthenticated', 'resource_exhausted'),
    },
  }
  app.post('/sessions', { schema }, async (request, reply) => {
    const { ip } = request
    const { username, password } = request.body
    const created = await limits.signIn(username, ip, () =>
      users.call((client) => client.createSession, { username, password }, { clientAddress: ip }),
    )
    return reply.code(201).send({ user: toUserJson(present(created.user)), token: created.token })
  })
}

function addDeleteSession(app: HttpApp, { users, authenticate }: SessionDeps): void {
  const schema = {
    tags: ['users'],
    operationId: 'deleteSession',
    summary: 'Signs out: the token of this request is refused from then on, and its connections are closed.',
    security: bearer,
    response: { 204: noContent('Signed out.'), ...errorResponses('unauthenticated') },
  }
  app.delete('/sessions', { schema, onRequest: authenticate }, async ({ token, userId }, reply) => {
    await users.call((client) => client.deleteSession, { token }, { userId })
    return reply.code(204).send()
  })
}
