import {
  CommandKind,
  type SendMessageRequest,
  type SendMessageResponse,
} from '../../gen/recado/v1/messages_service.js'
import { newAttempt, toMessageId } from '../../contract/ids.js'
import { toPartition } from '../../contract/partitions.js'
import { encodePayload } from '../../contract/payload.js'
import { fromRefusal } from '../../contract/refusals.js'
import { orAborted } from '../../lib/abort.js'
import type { Queue } from '../../ports/queue/queue.js'
import type { Outcomes } from '../history/outcomes.js'
import type { Recipients } from './recipients.js'
import type { Validator } from './validator.js'

/** How long it may take to find out whether a message is stored already, in milliseconds. */
const LOOK_UP_MS = 1_000

/** Where a sender publishes to, and as whom. */
export type SenderDeps = {
  recipients: Recipients
  validator: Validator
  outcomes: Outcomes
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
   * Writes a message; resolves once the broker has it. A repeat of a stored one is not written again, whatever has changed since.
   * @throws what validation refuses; `unavailable` and `deadline_exceeded` when it may have happened all the same;
   *   `resource_exhausted` when the partition is full.
   */
  async send(senderId: string, asked: SendMessageRequest): Promise<SendMessageResponse> {
    const channelId = await this.#deps.recipients.channelOf(senderId, asked)
    const request = { ...asked, channelId }
    const { nonce } = request
    const [attempt, timestamp] = [newAttempt(), new Date().toISOString()]
    const message = { id: toMessageId({ channelId, senderId, nonce, attempt }), channelId, attempt }
    const first = nonce === undefined ? undefined : await this.#findFirst(message)
    if (first) return { ...message, timestamp: first.timestamp, duplicate: true }
    await this.#validate(senderId, request)
    await this.#publish(senderId, request, { attempt, timestamp })
    return { ...message, timestamp, duplicate: false }
  }

  /** Where the log does not answer the message is written: the consumer finds out that it repeats another. */
  async #findFirst(message: { id: string; channelId: string; attempt: string }) {
    const finding = this.#deps.outcomes.list([message])
    const [outcome] = await orAborted(finding, AbortSignal.timeout(LOOK_UP_MS)).catch(() => [])
    return outcome?.result?.$case === 'stored' ? outcome.result.value : undefined
  }

  async #validate(senderId: string, request: SendMessageRequest): Promise<void> {
    const { channelId, content, replyTo } = request
    const kind = CommandKind.COMMAND_KIND_MESSAGE
    const { nonce } = request
    const candidate = { kind, senderId, channelId, content, replyTo, nonce, moderated: false }
    const [verdict] = await this.#deps.validator.validate([candidate])
    if (verdict?.outcome?.$case === 'refusal') throw fromRefusal(verdict.outcome.value)
  }

  async #publish(
    senderId: string,
    request: SendMessageRequest,
    { attempt, timestamp }: { attempt: string; timestamp: string },
  ): Promise<void> {
    const { channelId, content, nonce, replyTo, data, sentAt } = request
    const { queue, partitions, origin } = this.#deps
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
  }
}
