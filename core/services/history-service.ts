import type { HistoryServiceServer } from '../../gen/recado/v1/history_service.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import type { EventReader } from '../history/event-reader.js'
import type { MessageReader } from '../history/message-reader.js'

/** What the service calls. */
export type HistoryServiceDeps = {
  messageReader: MessageReader
  eventReader: EventReader
}

/** `recado.v1.HistoryService`. */
export function createHistoryService(handlers: Handlers, deps: HistoryServiceDeps): HistoryServiceServer {
  const { messageReader, eventReader } = deps
  return {
    listMessages: handlers.acting((request, { userId }) => messageReader.list(userId, request)),
    listEvents: handlers.unary((request) => eventReader.events(request)),
  }
}
