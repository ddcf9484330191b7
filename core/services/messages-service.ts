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
    editMessage: handlers.acting(({ channelId, nonce, id, content, data }, { userId }) => {
      const change = { $case: 'edit' as const, value: { id, content, data } }
      return sender.change(userId, { channelId, nonce, change })
    }),
    appendToMessage: handlers.acting(({ channelId, nonce, id, text, final }, { userId }) => {
      const change = { $case: 'append' as const, value: { id, text, final } }
      return sender.change(userId, { channelId, nonce, change })
    }),
    deleteMessage: handlers.acting(({ channelId, nonce, id }, { userId }) => {
      const change = { $case: 'delete' as const, value: { id } }
      return sender.change(userId, { channelId, nonce, change })
    }),
    addReaction: handlers.acting(({ channelId, nonce, id, emoji }, { userId }) => {
      const change = { $case: 'react' as const, value: { id, emoji, remove: false } }
      return sender.change(userId, { channelId, nonce, change })
    }),
    removeReaction: handlers.acting(({ channelId, nonce, id, emoji }, { userId }) => {
      const change = { $case: 'react' as const, value: { id, emoji, remove: true } }
      return sender.change(userId, { channelId, nonce, change })
    }),
    validateMessages: handlers.stream((call) => streams.validations.serve(call)),
    getOutcome: handlers.unary(async (request) => {
      const [outcome] = await outcomes.list([request])
      if (!outcome) throw unknown()
      return { outcome }
    }),
  }
}
