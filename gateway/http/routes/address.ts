import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import { RecadoError } from '../../../lib/errors.js'
import type { HttpApp } from '../app.js'
import { errorResponses } from '../openapi.js'

/** The host that a client called, with its port; undefined for one that cannot be. */
export function calledHost(request: FastifyRequest): string | undefined {
  return /^[\w.:[\]-]{1,255}$/.test(request.host) ? request.host : undefined
}

/** Adds `GET /gateway`. */
export function addAddressRoutes(app: HttpApp): void {
  const schema = {
    tags: ['status'],
    operationId: 'getGateway',
    summary: 'Tells where to connect by WebSocket.',
    response: {
      200: Type.Object(
        {
          url: Type.String({ description: 'The address, with the host that this request called.' }),
          shard: Type.Integer({ description: 'The number of the gateway process behind it.' }),
        },
        { description: 'Where to connect.' },
      ),
      ...errorResponses('invalid_argument'),
    },
  }
  app.get('/gateway', { schema }, async (request) => {
    const host = calledHost(request)
    if (host === undefined) throw new RecadoError('invalid_argument', 'Name the host in the header `Host`.')
    const scheme = request.protocol === 'https' ? 'wss' : 'ws'
    return { url: `${scheme}://${host}/socket/websocket`, shard: 0 }
  })
}
