import type { SendMessageRequest, SendMessageResponse } from '../../gen/recado/v1/messages_service.js'
import type { Refusal } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import { fromStatusNumber } from '../../lib/grpc/status.js'
import { newAttempt, toMessageId } from '../../contract/ids.js'
import { toPartition } from '../../contract/partitions.js'
import { encodePayload } from '../../contract/payload.js'
import type { Queue } from '../../ports/queue/queue.js'
import { assertNonce, assertReplyTo } from './send-rules.js'
import type { Validator } from './validator.js'

/** Where a sender publishes to, and as whom. */
export type SenderDeps = {
  validator: Validator
  queue: Queue
  /** How many partitions the queue has. */
  partitions: number
  /** Names this core in what it publishes. */
  origin: string
}

/** Writes messages for those who call core directly. */
export class Sender {
  readonly #deps: SenderDeps

  constructor(deps: SenderDeps) {
    this.#deps = deps
  }

  /**
   * Writes a message; resolves once the broker has it.
   * @throws what validation refuses; `unavailable` and `deadline_exceeded` when it may have happened all the same;
   *   `resource_exhausted` when the partition is full.
   */
  async send(senderId: string, request: SendMessageRequest): Promise<SendMessageResponse> {
    const { channelId, content, nonce, replyTo } = request
    const { queue, partitions, origin } = this.#deps
    assertNonce(nonce)
    assertReplyTo(replyTo)
    await this.#validate(senderId, channelId, content)
    const [attempt, timestamp] = [newAttempt(), new Date().toISOString()]
    const body = encodePayload({
      senderId,
      channelId,
      message: content,
      timestamp,
      nonce,
      replyTo,
      attempt,
      origin,
      moderated: true,
      traceparent: '',
    })
    await queue.publish(toPartition(channelId, partitions), body)
    return { id: toMessageId({ channelId, senderId, nonce, attempt }), channelId, timestamp }
  }

  async #validate(senderId: string, channelId: string, content: string): Promise<void> {
    const [verdict] = await this.#deps.validator.validate([
      { senderId, channelId, content, moderated: false },
    ])
    if (verdict?.outcome?.$case === 'refusal') throw toError(verdict.outcome.value)
  }
}

function toError({ code, reason }: Refusal): RecadoError {
  return new RecadoError(fromStatusNumber(code), reason)
}
