import type { onRequestAsyncHookHandler } from 'fastify'
import Type from 'typebox'
import { toUtcTime } from '../../../contract/times.js'
import { limits } from '../../../gen/limits.js'
import type { CoreClients } from '../../core-clients.js'
import type { GatewayLimits } from '../../limits.js'
import { toMessageJson } from '../../message-json.js'
import type { HttpApp } from '../app.js'
import { bearer, errorResponses } from '../openapi.js'
import { toError } from '../requests/validation.js'
import { Id, nextPageToken, refs, Time } from '../schemas.js'

/** What the route of searches needs. */
export type SearchDeps = {
  search: CoreClients['search']
  authenticate: onRequestAsyncHookHandler
  limits: GatewayLimits
}

const asked = limits['recado.v1.SearchMessagesRequest']

const Query = Type.Object(
  {
    q: Type.String({
      ...asked.query,
      description:
        'Words that a message must all hold, at most 16; several in "quotes" must stand in that order.',
    }),
    server_id: Type.Optional(Id('Only in this server.')),
    channel_id: Type.Optional(Id('Only in this channel, which may be a direct.')),
    author_id: Type.Optional(Id('Only what this user wrote.')),
    before: Type.Optional(Time('Only messages whose `timestamp` is before this time.')),
    after: Type.Optional(Time('Only messages whose `timestamp` is at this time or after it.')),
    page_size: Type.Optional(
      Type.Integer({ ...asked.page_size, minimum: 1, description: 'At most so many; default 25.' }),
    ),
    page_token: Type.Optional(
      Type.String({
        ...asked.page_token,
        description: "The previous page's `next_page_token`; absent for the first page.",
      }),
    ),
  },
  { additionalProperties: false },
)

/** Adds `GET /search`. */
export function addSearchRoutes(app: HttpApp, { search, authenticate, limits }: SearchDeps): void {
  const schema = {
    tags: ['messages'],
    operationId: 'searchMessages',
    summary:
      'Finds messages in the channels that the acting user may view, newest first, without regard to case and accents.',
    security: bearer,
    querystring: Query,
    response: {
      200: Type.Object(
        { messages: Type.Array(refs.message), next_page_token: nextPageToken },
        {
          description:
            'A page; it may be shorter than asked for, even empty, and others follow all the same.',
        },
      ),
      ...errorResponses('invalid_argument', 'unauthenticated', 'not_found', 'resource_exhausted'),
    },
  }
  app.get('/search', { schema, onRequest: authenticate }, async ({ query, userId }) => {
    await limits.search(userId)
    const asked = {
      query: query.q,
      serverId: query.server_id ?? '',
      channelId: query.channel_id ?? '',
      authorId: query.author_id ?? '',
      before: toTime('before', query.before),
      after: toTime('after', query.after),
      pageSize: query.page_size ?? 0,
      pageToken: query.page_token ?? '',
    }
    const page = await search.call((client) => client.searchMessages, asked, { userId })
    return {
      messages: page.messages.map(toMessageJson),
      ...(page.nextPageToken && { next_page_token: page.nextPageToken }),
    }
  })
}

function toTime(name: string, text: string | undefined): string | undefined {
  const time = text === undefined ? undefined : toUtcTime(text)
  if (text !== undefined && time === undefined)
    throw toError(new Map([[name, 'must be a time of RFC 3339, in the years 1 to 9999']]))
  return time
}
