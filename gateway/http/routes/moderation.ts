import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { HttpApp } from '../app.js'
import { bearer, bodyErrorResponses } from '../openapi.js'
import { Id } from '../schemas.js'
import type { ServerDeps } from './servers.js'

/** The body with 1,000 words of the longest, in bytes. */
const MAX_WORDS_BYTES = 512 * 1024

const asked = limits['recado.v1.UpdateModerationRequest'].blocked_words

const Moderation = (description: string) =>
  Type.Object(
    {
      blocked_words: Type.Array(Type.String(asked.items), {
        maxItems: asked.maxItems,
        description: 'Words that no message may hold, compared whole and without case.',
      }),
    },
    { additionalProperties: false, description },
  )

/** Adds `PUT /servers/:id/moderation`. */
export function addModerationRoutes(app: HttpApp, { servers, authenticate }: ServerDeps): void {
  const schema = {
    tags: ['servers'],
    operationId: 'updateModeration',
    summary: "Sets the server's moderation, in place of the former; for those who may `manage_server`.",
    security: bearer,
    params: Type.Object({ id: Id("The server's id.") }),
    body: Moderation('The moderation to be.'),
    response: {
      200: Moderation('The moderation as it is now.'),
      ...bodyErrorResponses('unauthenticated', 'permission_denied', 'not_found'),
    },
  }
  app.put(
    '/servers/:id/moderation',
    { schema, bodyLimit: MAX_WORDS_BYTES, onRequest: authenticate },
    async ({ params, body, userId }) => {
      const asked = { serverId: params.id, blockedWords: body.blocked_words }
      const { blockedWords } = await servers.call((client) => client.updateModeration, asked, { userId })
      return { blocked_words: blockedWords }
    },
  )
}
