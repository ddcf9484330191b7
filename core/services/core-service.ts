import type { CoreServiceServer, ResolveRecipientRequest } from '../../gen/recado/internal/v1/core_service.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import type { Directs } from '../directs/directs.js'
import type { EventReader } from '../history/event-reader.js'
import type { HappeningLog } from '../happenings/happening-log.js'
import type { Recipient, Recipients } from '../messages/recipients.js'
import type { Outcomes } from '../history/outcomes.js'
import type { Notifications } from '../notifications/notifications.js'
import type { ReadMarks } from '../reading/read-marks.js'
import type { RevocationLog } from '../revocations/revocation-log.js'
import type { SearchIndex } from '../search/search-index.js'
import type { Streams } from '../streams.js'

/** What the service calls. */
export type CoreServiceDeps = {
  eventReader: EventReader
  outcomes: Outcomes
  notifications: Notifications
  directs: Directs
  readMarks: ReadMarks
  recipients: Recipients
  revocationLog: RevocationLog
  happeningLog: HappeningLog
  streams: Streams
  searchIndex: SearchIndex
  /** How many partitions the queue has. */
  partitions: number
}

/** `recado.internal.v1.CoreService`. */
export function createCoreService(handlers: Handlers, deps: CoreServiceDeps): CoreServiceServer {
  const {
    eventReader,
    outcomes,
    readMarks,
    recipients,
    revocationLog,
    happeningLog,
    streams,
    searchIndex,
    partitions,
  } = deps
  return {
    getQueueLayout: handlers.unary(() => Promise.resolve({ partitions })),
    verifySessions: handlers.stream((call) => streams.sessions.serve(call)),
    authorizeJoins: handlers.stream((call) => streams.joins.serve(call)),
    listRevocations: handlers.unary(({ after }) => revocationLog.list(after)),
    notifyMessages: handlers.unary(async ({ messages }) => {
      await deps.notifications.notify(messages)
      return {}
    }),
    listParticipants: handlers.unary(async ({ channelIds }) => ({
      directs: await deps.directs.participants(channelIds),
    })),
    listNotices: handlers.unary(({ notices }) => deps.notifications.notices(notices)),
    markReads: handlers.unary(async ({ marks }) => {
      await Promise.all(marks.map((mark) => readMarks.note(mark)))
      return {}
    }),
    resolveRecipient: handlers.unary(async ({ senderId, recipient }) => ({
      channelId: await recipients.channelOf(senderId, toRecipient(recipient)),
    })),
    listHappenings: handlers.unary(({ after }) => happeningLog.list(after)),
    listHeads: handlers.unary(async ({ channelIds }) => ({ heads: await eventReader.heads(channelIds) })),
    rebuildSearch: handlers.unary(async () => {
      await searchIndex.rebuild()
      return {}
    }),
    getSearchLag: handlers.unary(() => searchIndex.lag()),
    listOutcomes: handlers.unary(async ({ attempts }) => ({ outcomes: await outcomes.list(attempts) })),
  }
}

function toRecipient(recipient: ResolveRecipientRequest['recipient']): Recipient {
  return {
    channelId: '',
    serverId: recipient?.$case === 'serverId' ? recipient.value : '',
    userId: recipient?.$case === 'userId' ? recipient.value : '',
  }
}
