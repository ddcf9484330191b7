import type { MessagesServiceServer } from '../../gen/recado/v1/messages_service.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import type { MessageReader } from '../history/message-reader.js'
import type { Sender } from '../messages/sender.js'
import type { Streams } from '../streams.js'

/** What the service calls. */
export type MessagesServiceDeps = {
  sender: Sender
  messageReader: MessageReader
  streams: Streams
  /** How many partitions the queue has. */
  partitions: number
}

/** `recado.v1.MessagesService`. */
export function createMessagesService(handlers: Handlers, deps: MessagesServiceDeps): MessagesServiceServer {
  const { sender, messageReader, streams, partitions } = deps
  return {
    sendMessage: handlers.acting((request, { userId }) => sender.send(userId, request)),
    getMessage: handlers.acting(async (request, { userId }) => ({
      message: await messageReader.get(userId, request),
    })),
    validateMessages: handlers.stream((call) => streams.validations.serve(call)),
    getQueueLayout: handlers.unary(() => Promise.resolve({ partitions })),
  }
}
