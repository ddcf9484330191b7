import Type from 'typebox'
import { NotificationLevel } from '../../../gen/recado/v1/reading_service.js'
import { limits } from '../../../gen/limits.js'
import type { HttpApp } from '../app.js'
import { toNotificationJson } from '../reading-json.js'
import { bearer, bodyErrorResponses, errorResponses } from '../openapi.js'
import { Id, Level, nextPageToken, noContent, PageQuery, refs } from '../schemas.js'
import type { ReadingDeps } from './reading.js'

const levels = {
  all: NotificationLevel.NOTIFICATION_LEVEL_ALL,
  mentions: NotificationLevel.NOTIFICATION_LEVEL_MENTIONS,
  none: NotificationLevel.NOTIFICATION_LEVEL_NONE,
} as const

/** Adds `PUT /notifications/servers/:id`, `PUT /notifications/channels/:id` and `GET /notifications`. */
export function addNotificationRoutes(app: HttpApp, deps: ReadingDeps): void {
  addSetServerLevel(app, deps)
  addSetChannelLevel(app, deps)
  addListNotifications(app, deps)
}

function addSetServerLevel(app: HttpApp, { reading, authenticate }: ReadingDeps): void {
  const schema = {
    tags: ['reading'],
    operationId: 'setServerLevel',
    summary: 'Says what one wants to be told of in a server.',
    security: bearer,
    params: Type.Object({ id: Id("The server's id.") }),
    body: Type.Object({ level: Level }, { additionalProperties: false }),
    response: { 204: noContent('Set.'), ...bodyErrorResponses('unauthenticated', 'not_found') },
  }
  app.put('/notifications/servers/:id', { schema, onRequest: authenticate }, async (request, reply) => {
    const { params, body, userId } = request
    const asked = { serverId: params.id, level: levels[body.level] }
    await reading.call((client) => client.setServerLevel, asked, { userId })
    return reply.code(204).send()
  })
}

function addSetChannelLevel(app: HttpApp, { reading, authenticate }: ReadingDeps): void {
  const schema = {
    tags: ['reading'],
    operationId: 'setChannelLevel',
    summary: 'Says what one wants to be told of in a channel of a server; null: as in the server.',
    security: bearer,
    params: Type.Object({ id: Id("The channel's id.") }),
    body: Type.Object({ level: Type.Union([Level, Type.Null()]) }, { additionalProperties: false }),
    response: {
      204: noContent('Set.'),
      ...bodyErrorResponses('failed_precondition', 'unauthenticated', 'not_found'),
    },
  }
  app.put('/notifications/channels/:id', { schema, onRequest: authenticate }, async (request, reply) => {
    const { params, body, userId } = request
    const level = body.level === null ? NotificationLevel.NOTIFICATION_LEVEL_UNSPECIFIED : levels[body.level]
    await reading.call((client) => client.setChannelLevel, { channelId: params.id, level }, { userId })
    return reply.code(204).send()
  })
}

function addListNotifications(app: HttpApp, { reading, authenticate }: ReadingDeps): void {
  const schema = {
    tags: ['reading'],
    operationId: 'listNotifications',
    summary: 'Lists what one is told of and has not read past yet, newest first.',
    security: bearer,
    querystring: PageQuery(limits['recado.v1.ListNotificationsRequest'], 50),
    response: {
      200: Type.Object(
        { notifications: Type.Array(refs.notification), next_page_token: nextPageToken },
        { description: 'A page of notifications.' },
      ),
      ...errorResponses('invalid_argument', 'unauthenticated'),
    },
  }
  app.get('/notifications', { schema, onRequest: authenticate }, async ({ query, userId }) => {
    const asked = { pageSize: query.page_size ?? 0, pageToken: query.page_token ?? '' }
    const page = await reading.call((client) => client.listNotifications, asked, { userId })
    return {
      notifications: page.notifications.map(toNotificationJson),
      ...(page.nextPageToken && { next_page_token: page.nextPageToken }),
    }
  })
}
