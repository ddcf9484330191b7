import type { onRequestAsyncHookHandler } from 'fastify'
import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { CoreClients } from '../../core-clients.js'
import type { GatewayLimits } from '../../limits.js'
import type { HttpApp } from '../app.js'
import { present, toUserJson } from '../json.js'
import { bearer, bodyErrorResponses, errorResponses } from '../openapi.js'
import { noContent, refs, Time } from '../schemas.js'

const asked = limits['recado.v1.CreateSessionRequest']

/** What the routes of sessions need. */
export type SessionDeps = {
  users: CoreClients['users']
  authenticate: onRequestAsyncHookHandler
  limits: GatewayLimits
}

/** Adds `POST|DELETE /sessions`, `POST /sessions/renewal` and `DELETE /sessions/all`. */
export function addSessionRoutes(app: HttpApp, deps: SessionDeps): void {
  addCreateSession(app, deps)
  addDeleteSession(app, deps)
  addRenewSession(app, deps)
  addDeleteSessions(app, deps)
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

function addRenewSession(app: HttpApp, { users, authenticate, limits }: SessionDeps): void {
  const schema = {
    tags: ['users'],
    operationId: 'renewSession',
    summary:
      'Gives the session its full time again. The old token, and sockets opened with it, end when they would have.',
    security: bearer,
    response: {
      201: Type.Object(
        {
          token: Type.String({ description: 'The new bearer token of the same session.' }),
          expires_at: Time('When the session ends by itself now, UTC.'),
        },
        { description: 'The session, with a later end.' },
      ),
      ...errorResponses('unauthenticated', 'resource_exhausted'),
    },
  }
  app.post('/sessions/renewal', { schema, onRequest: authenticate }, async ({ token, userId }, reply) => {
    await limits.changeAccount(userId)
    const renewed = await users.call((client) => client.renewSession, { token }, { userId })
    return reply.code(201).send({ token: renewed.token, expires_at: present(renewed.expiresAt) })
  })
}

function addDeleteSessions(app: HttpApp, { users, authenticate }: SessionDeps): void {
  const schema = {
    tags: ['users'],
    operationId: 'deleteSessions',
    summary: 'Signs out everywhere: every session of the acting user ends as by `DELETE /sessions`.',
    security: bearer,
    response: { 204: noContent('Signed out everywhere.'), ...errorResponses('unauthenticated') },
  }
  app.delete('/sessions/all', { schema, onRequest: authenticate }, async ({ userId }, reply) => {
    await users.call((client) => client.deleteSessions, {}, { userId })
    return reply.code(204).send()
  })
}
