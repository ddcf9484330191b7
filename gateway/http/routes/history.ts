import type { onRequestAsyncHookHandler } from 'fastify'
import Type, { type Static } from 'typebox'
import type { ListMessagesRequest } from '../../../gen/recado/v1/history_service.js'
import { limits } from '../../../gen/limits.js'
import type { CoreClients } from '../../core-clients.js'
import type { GatewayLimits } from '../../limits.js'
import { toMessageJson } from '../../message-json.js'
import type { HttpApp } from '../app.js'
import { present, toHeadJson } from '../json.js'
import { bearer, errorResponses } from '../openapi.js'
import { Id, refs } from '../schemas.js'
import { toError } from '../requests/validation.js'

/** What the route of history needs. */
export type HistoryDeps = {
  history: CoreClients['history']
  authenticate: onRequestAsyncHookHandler
  limits: GatewayLimits
}

const asked = limits['recado.v1.ListMessagesRequest']

const Cursor = (description: string) => Type.Optional(Type.Integer({ ...asked.before, description }))

const Query = Type.Object(
  {
    channel_id: Id("The channel's id."),
    before: Cursor('The newest messages before this sequence number, without it.'),
    after: Cursor('The oldest messages after this sequence number, without it.'),
    around: Cursor('The messages around this sequence number, with it.'),
    limit: Type.Optional(
      Type.Integer({ ...asked.limit, minimum: 1, description: 'At most so many; default 50.' }),
    ),
  },
  { additionalProperties: false },
)

/** Adds `GET /history`. */
export function addHistoryRoutes(app: HttpApp, { history, authenticate, limits }: HistoryDeps): void {
  const schema = {
    tags: ['messages'],
    operationId: 'listMessages',
    summary:
      'Reads a page of a channel, oldest message first. At most one cursor; without one, the newest messages.',
    security: bearer,
    querystring: Query,
    response: {
      200: Type.Object(
        {
          messages: Type.Array(refs.message, { description: 'The messages, oldest first.' }),
          head: refs.head,
          has_more: Type.Boolean({
            description:
              'True when there are more in the direction of reading: newer for `after`, else older.',
          }),
        },
        { description: 'A page, and the head as it was when it was read.' },
      ),
      ...errorResponses('invalid_argument', 'unauthenticated', 'not_found', 'resource_exhausted'),
    },
  }
  app.get('/history', { schema, onRequest: authenticate }, async ({ query, userId }) => {
    await limits.readHistory(userId)
    const asked = { channelId: query.channel_id, limit: query.limit ?? 0, cursor: toCursor(query) }
    const page = await history.call((client) => client.listMessages, asked, { userId })
    return {
      messages: page.messages.map(toMessageJson),
      head: toHeadJson(present(page.head)),
      has_more: page.hasMore,
    }
  })
}

function toCursor(query: Static<typeof Query>): ListMessagesRequest['cursor'] {
  const given = (['before', 'after', 'around'] as const).flatMap(($case) => {
    const value = query[$case]
    return value === undefined ? [] : [{ $case, value }]
  })
  if (given.length > 1) throw toError(new Map(given.map(({ $case }) => [$case, 'must be the only cursor'])))
  return given[0]
}
