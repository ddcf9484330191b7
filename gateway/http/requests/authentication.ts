import type { onRequestAsyncHookHandler } from 'fastify'
import { RecadoError } from '../../../lib/errors.js'
import type { CoreClients } from '../../core-clients.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The acting user; empty on routes that need none. */
    userId: string
    /** The acting user's session; empty on routes that need none. */
    sessionId: string
    /** The bearer token of the acting user's session; empty on routes that need none. */
    token: string
  }
}

/** Makes the hook of routes that act for a user: it asks core whose token this is, before the body is read. */
export function createAuthentication(users: CoreClients['users']): onRequestAsyncHookHandler {
  return async (request) => {
    const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined)
      throw new RecadoError(
        'unauthenticated',
        'Sign in, and send the header `Authorization: Bearer <token>`.',
      )
    const session = await users.call((client) => client.verifySession, { token })
    request.userId = session.userId
    request.sessionId = session.sessionId
    request.token = token
  }
}
