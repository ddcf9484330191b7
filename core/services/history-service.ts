import type { HistoryServiceServer } from '../../gen/recado/v1/history_service.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import type { EventReader } from '../history/event-reader.js'
import type { MessageReader } from '../history/message-reader.js'
import type { Outcomes } from '../history/outcomes.js'

/** What the service calls. */
export type HistoryServiceDeps = {
  messageReader: MessageReader
  eventReader: EventReader
  outcomes: Outcomes
}

/** `recado.v1.HistoryService`. */
export function createHistoryService(handlers: Handlers, deps: HistoryServiceDeps): HistoryServiceServer {
  const { messageReader, eventReader, outcomes } = deps
  return {
    listMessages: handlers.acting((request, { userId }) => messageReader.list(userId, request)),
    listEvents: handlers.unary((request) => eventReader.events(request)),
    listHeads: handlers.unary(async ({ channelIds }) => ({ heads: await eventReader.heads(channelIds) })),
    listOutcomes: handlers.unary(async ({ attempts }) => ({ outcomes: await outcomes.list(attempts) })),
  }
}
