import type { onRequestAsyncHookHandler } from 'fastify'
import Type from 'typebox'
import { limits } from '../../../gen/limits.js'
import type { CoreClients } from '../../core-clients.js'
import type { GatewayLimits } from '../../limits.js'
import type { HttpApp } from '../app.js'
import { present, toDirectJson, toServerJson, toUserJson } from '../json.js'
import { bearer, bodyErrorResponses, errorResponses } from '../openapi.js'
import { toChannelStateJson } from '../reading-json.js'
import { Id, nextPageToken, noContent, PageQuery, refs } from '../schemas.js'

/** What the routes of reading need. */
export type ReadingDeps = {
  reading: CoreClients['reading']
  authenticate: onRequestAsyncHookHandler
  limits: GatewayLimits
}

/** Adds `PUT /channels/:id/read`, `GET /unread` and `GET /boot`. */
export function addReadingRoutes(app: HttpApp, deps: ReadingDeps): void {
  addMarkRead(app, deps)
  addListUnread(app, deps)
  addBoot(app, deps)
}

function addMarkRead(app: HttpApp, { reading, authenticate, limits: rates }: ReadingDeps): void {
  const schema = {
    tags: ['reading'],
    operationId: 'markRead',
    summary: 'Notes how far one has read a channel. It never goes back, and never past the head.',
    security: bearer,
    params: Type.Object({ id: Id("The channel's id.") }),
    body: Type.Object(
      {
        seq: Type.Integer({
          ...limits['recado.v1.MarkReadRequest'].seq,
          description: 'The number of the last event that was read.',
        }),
      },
      { additionalProperties: false },
    ),
    response: {
      204: noContent('Noted.'),
      ...bodyErrorResponses('unauthenticated', 'not_found', 'resource_exhausted'),
    },
  }
  app.put('/channels/:id/read', { schema, onRequest: authenticate }, async (request, reply) => {
    const { params, body, userId } = request
    await rates.markRead(userId)
    const asked = { channelId: params.id, seq: body.seq }
    await reading.call((client) => client.markRead, asked, { userId })
    return reply.code(204).send()
  })
}

function addListUnread(app: HttpApp, { reading, authenticate }: ReadingDeps): void {
  const schema = {
    tags: ['reading'],
    operationId: 'listUnread',
    summary: 'Lists all channels that one may view, with what is unread there.',
    security: bearer,
    querystring: PageQuery(limits['recado.v1.ListUnreadRequest'], 1_000),
    response: {
      200: Type.Object(
        { channels: Type.Array(refs.channelState), next_page_token: nextPageToken },
        { description: 'A page of channels.' },
      ),
      ...errorResponses('invalid_argument', 'unauthenticated'),
    },
  }
  app.get('/unread', { schema, onRequest: authenticate }, async ({ query, userId }) => {
    const asked = { pageSize: query.page_size ?? 0, pageToken: query.page_token ?? '' }
    const page = await reading.call((client) => client.listUnread, asked, { userId })
    return {
      channels: page.channels.map(toChannelStateJson),
      ...(page.nextPageToken && { next_page_token: page.nextPageToken }),
    }
  })
}

function addBoot(app: HttpApp, { reading, authenticate }: ReadingDeps): void {
  const schema = {
    tags: ['reading'],
    operationId: 'boot',
    summary:
      'Reads what a client needs to begin: oneself, servers, directs, and the state of every channel in them.',
    security: bearer,
    querystring: PageQuery(limits['recado.v1.ListBootRequest']),
    response: {
      200: Type.Object(
        {
          user: refs.user,
          servers: Type.Array(refs.server),
          directs: Type.Array(refs.direct, { description: 'They begin where the servers end.' }),
          channels: Type.Array(refs.channelState),
          next_page_token: nextPageToken,
        },
        {
          description: 'A page of servers, or of directs, or the end of one and the beginning of the other.',
        },
      ),
      ...errorResponses('invalid_argument', 'unauthenticated'),
    },
  }
  app.get('/boot', { schema, onRequest: authenticate }, async ({ query, userId }) => {
    const asked = { pageSize: query.page_size ?? 0, pageToken: query.page_token ?? '' }
    const page = await reading.call((client) => client.listBoot, asked, { userId })
    return {
      user: toUserJson(present(page.user)),
      servers: page.servers.map(toServerJson),
      directs: page.directs.map(toDirectJson),
      channels: page.channels.map(toChannelStateJson),
      ...(page.nextPageToken && { next_page_token: page.nextPageToken }),
    }
  })
}
