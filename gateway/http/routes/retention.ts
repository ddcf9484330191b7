import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { HttpApp } from '../app.js'
import { bearer, bodyErrorResponses } from '../openapi.js'
import { Id, noContent } from '../schemas.js'
import type { ServerDeps } from './servers.js'

const { days } = limits['recado.v1.UpdateRetentionRequest']

/** Adds `PUT /servers/:id/retention`. */
export function addRetentionRoute(app: HttpApp, { servers, authenticate }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'updateRetention',
    summary: 'Sets for how long the server keeps messages; for those who may `manage_server`.',
    security: bearer,
    params: Type.Object({ id: Id("The server's id.") }),
    body: Type.Object(
      {
        days: Type.Unsafe<number | null>({
          type: ['integer', 'null'],
          ...days,
          description: 'Messages older than so many days are deleted, on behalf of the owner; null: kept.',
        }),
      },
      { additionalProperties: false },
    ),
    response: {
      204: noContent('Set.'),
      ...bodyErrorResponses('unauthenticated', 'permission_denied', 'not_found'),
    },
  }
  app.put('/servers/:id/retention', { schema, onRequest: authenticate }, async (request, reply) => {
    const { params, body, userId } = request
    const asked = { serverId: params.id, days: body.days ?? undefined }
    await servers.call((client) => client.updateRetention, asked, { userId })
    return reply.code(204).send()
  })
}
