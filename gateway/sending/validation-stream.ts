import type {
  Candidate,
  ValidateMessagesRequest,
  ValidateMessagesResponse,
  Verdict,
} from '../../gen/recado/v1/messages_service.js'
import { BatchingStream, sizeOfTexts } from '../../lib/grpc/batching-stream.js'
import type { CoreClients } from '../core-clients.js'

/** Asks core about messages, over one long-lived stream, in the order of the calls. */
export type ValidationStream = BatchingStream<
  Candidate,
  Verdict,
  ValidateMessagesRequest,
  ValidateMessagesResponse
>

/** Makes the stream; it opens with the first question. */
export function createValidationStream({ messages }: Pick<CoreClients, 'messages'>): ValidationStream {
  return new BatchingStream({
    open: () => messages.open((client) => client.validateMessages),
    toRequest: (batch, candidates) => ({ batch: `${batch}`, candidates: [...candidates] }),
    fromResponse: ({ batch, verdicts }) => ({ batch: Number(batch), results: verdicts }),
    sizeOf: ({ senderId, channelId, content, replyTo, sessionId, messageId, emoji, nonce }) =>
      sizeOfTexts(senderId, channelId, content, replyTo, sessionId, messageId, emoji, nonce),
    maxItems: 1_000,
    maxWaiting: 20_000,
    deadlineMs: 5_000,
  })
}
