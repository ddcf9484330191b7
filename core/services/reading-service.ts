import type { ReadingServiceServer } from '../../gen/recado/v1/reading_service.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import { findDenial } from '../rights/rights.js'
import type { Notifications } from '../notifications/notifications.js'
import type { Levels } from '../reading/levels.js'
import type { ReadMarks } from '../reading/read-marks.js'
import type { Unread } from '../reading/unread.js'

/** What the service calls. */
export type ReadingServiceDeps = {
  readMarks: ReadMarks
  unread: Unread
  levels: Levels
  notifications: Notifications
}

/** `recado.v1.ReadingService`. */
export function createReadingService(
  handlers: Handlers,
  { readMarks, unread, levels, notifications }: ReadingServiceDeps,
): ReadingServiceServer {
  return {
    markRead: handlers.acting(async ({ channelId, seq }, { userId }) => {
      const readSeq = await readMarks.note({ userId, channelId, seq })
      if (readSeq === undefined) throw findDenial(undefined, 'view_channel', 'channel')
      return { readSeq }
    }),
    listUnread: handlers.acting(async (request, { userId }) => {
      const { items, nextPageToken } = await unread.list(userId, request)
      return { channels: items, nextPageToken }
    }),
    listBoot: handlers.acting((request, { userId }) => unread.boot(userId, request)),
    setServerLevel: handlers.acting(async (request, { userId }) => {
      await levels.setForServer(userId, request)
      return {}
    }),
    setChannelLevel: handlers.acting(async (request, { userId }) => {
      await levels.setForChannel(userId, request)
      return {}
    }),
    listNotifications: handlers.acting(async (request, { userId }) => {
      const { items, nextPageToken } = await notifications.list(userId, request)
      return { notifications: items, nextPageToken }
    }),
  }
}
