import type { MessagesServiceServer } from '../../gen/recado/v1/messages_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import type { Outcomes } from '../history/outcomes.js'
import type { MessageReader } from '../history/message-reader.js'
import type { Sender } from '../messages/sender.js'
import type { Streams } from '../streams.js'

/** What the service calls. */
export type MessagesServiceDeps = {
  sender: Sender
  messageReader: MessageReader
  outcomes: Outcomes
  streams: Streams
}

function unimplemented(): Promise<never> {
  return Promise.reject(new RecadoError('unimplemented', 'Messages cannot be changed yet.'))
}

function unknown(): RecadoError {
  return new RecadoError('not_found', 'Nothing is known of this try yet, or any more.', {
    reason: 'OUTCOME_UNKNOWN',
  })
}

/** `recado.v1.MessagesService`. */
export function createMessagesService(handlers: Handlers, deps: MessagesServiceDeps): MessagesServiceServer {
  const { sender, messageReader, outcomes, streams } = deps
  return {
    sendMessage: handlers.acting((request, { userId }) => sender.send(userId, request)),
    getMessage: handlers.acting(async (request, { userId }) => ({
      message: await messageReader.get(userId, request),
    })),
    editMessage: handlers.unary(unimplemented),
    appendToMessage: handlers.unary(unimplemented),
    deleteMessage: handlers.unary(unimplemented),
    addReaction: handlers.unary(unimplemented),
    removeReaction: handlers.unary(unimplemented),
    validateMessages: handlers.stream((call) => streams.validations.serve(call)),
    getOutcome: handlers.unary(async (request) => {
      const [outcome] = await outcomes.list([request])
      if (!outcome) throw unknown()
      return { outcome }
    }),
  }
}
