import type {
  Candidate,
  SendMessageRequest,
  SendMessageResponse,
} from '../../gen/recado/v1/messages_service.js'
import { isData } from '../../contract/data.js'
import { newAttempt, toMessageId } from '../../contract/ids.js'
import { toPartition } from '../../contract/partitions.js'
import { encodePayload } from '../../contract/payload.js'
import { fromRefusal } from '../../contract/refusals.js'
import { RecadoError } from '../../lib/errors.js'
import type { Queue } from '../../ports/queue/queue.js'
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
    const { channelId, content, nonce, replyTo, data, sentAt } = request
    const { queue, partitions, origin } = this.#deps
    if (data !== undefined && !isData(data)) throw notData()
    await this.#validate({ senderId, channelId, content, replyTo, sessionId: undefined, moderated: false })
    const [attempt, timestamp] = [newAttempt(), new Date().toISOString()]
    const body = encodePayload({
      senderId,
      channelId,
      command: { $case: 'message', value: content },
      timestamp,
      nonce,
      replyTo,
      data,
      sentAt,
      sessionId: undefined,
      attempt,
      origin,
      moderated: true,
      traceparent: '',
    })
    await queue.publish(toPartition(channelId, partitions), body)
    const id = toMessageId({ channelId, senderId, nonce, attempt })
    return { id, channelId, timestamp, attempt, duplicate: false }
  }

  async #validate(candidate: Candidate): Promise<void> {
    const [verdict] = await this.#deps.validator.validate([candidate])
    if (verdict?.outcome?.$case === 'refusal') throw fromRefusal(verdict.outcome.value)
  }
}

function notData(): RecadoError {
  const fault = 'must be a JSON object of at most 8 KiB'
  return new RecadoError('invalid_argument', `\`data\` ${fault}.`, { details: { data: fault } })
}
