import type {
  Candidate,
  ValidateMessagesRequest,
  ValidateMessagesResponse,
  Verdict,
} from '../gen/recado/v1/messages_service.js'
import { CoreServiceClient, type StoredMessage } from '../gen/recado/internal/v1/core_service.js'
import { MessagesServiceClient } from '../gen/recado/v1/messages_service.js'
import { BatchingStream, sizeOfTexts } from '../lib/grpc/batching-stream.js'
import { GrpcClients, type GrpcClientOptions } from '../lib/grpc/client.js'
import type { Notifier } from './pipeline/notify.js'
import type { VerdictSource } from './pipeline/validate.js'

/** The longest that a batch waits for core before it is held, in milliseconds. */
const VALIDATION_DEADLINE_MS = 10_000

/** What the consumer asks core. */
export class CoreClient implements VerdictSource, Notifier {
  readonly #core: GrpcClients<CoreServiceClient>
  readonly #messages: GrpcClients<MessagesServiceClient>
  readonly #validation: BatchingStream<Candidate, Verdict, ValidateMessagesRequest, ValidateMessagesResponse>

  constructor(options: GrpcClientOptions) {
    this.#core = new GrpcClients(CoreServiceClient, options)
    const messages = new GrpcClients(MessagesServiceClient, options)
    this.#messages = messages
    this.#validation = new BatchingStream({
      open: () => messages.open((client) => client.validateMessages),
      toRequest: (batch, candidates) => ({ batch: `${batch}`, candidates: [...candidates] }),
      fromResponse: ({ batch, verdicts }) => ({ batch: Number(batch), results: verdicts }),
      sizeOf: ({ senderId, channelId, content, replyTo, sessionId, emoji, nonce }) =>
        sizeOfTexts(senderId, channelId, content, replyTo, sessionId, emoji, nonce),
      maxItems: 1_000,
      maxWaiting: 50_000,
      deadlineMs: VALIDATION_DEADLINE_MS,
    })
  }

  submit(candidates: readonly Candidate[]): Promise<readonly Verdict[]> {
    return this.#validation.submit(candidates)
  }

  /** Notes who is to be told of messages. Rejects with `unavailable` and `deadline_exceeded` while core is away. */
  async notify(messages: readonly StoredMessage[]): Promise<void> {
    await this.#core.call((client) => client.notifyMessages, { messages: [...messages] })
  }

  /** How many partitions there are. Rejects with `unavailable` while core is away. */
  async partitions(): Promise<number> {
    const { partitions } = await this.#core.call((client) => client.getQueueLayout, {})
    return partitions
  }

  /** Ends the stream; what waits is rejected. */
  close(): void {
    this.#validation.close()
    this.#core.close()
    this.#messages.close()
  }
}
