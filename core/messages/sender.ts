import type {
  Candidate,
  SendMessageRequest,
  SendMessageResponse,
} from '../../gen/recado/v1/messages_service.js'
import type { QueuedCommand } from '../../gen/recado/v1/payload.js'
import { gatherAppends } from '../../contract/appending.js'
import { toCandidate, toCommandId, type Command } from '../../contract/commands.js'
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

/** A change that somebody asks for. */
export type ChangeRequest = {
  channelId: string
  nonce: string | undefined
  change: Exclude<Command, { $case: 'message' }>
}

/** A change that the broker has. */
export type AcceptedChange = { changeId: string; attempt: string }

/** Writes and changes messages for those who call core directly. */
export class Sender {
  readonly #deps: SenderDeps
  readonly #appends: ReturnType<typeof gatherAppends<AcceptedChange>>

  constructor(deps: SenderDeps) {
    this.#deps = deps
    this.#appends = gatherAppends(({ channelId, senderId, nonce, id, text, final }) =>
      this.#change(senderId, { channelId, nonce, change: { $case: 'append', value: { id, text, final } } }),
    )
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
    const { content, replyTo, data, sentAt } = request
    const command = { $case: 'message' as const, value: content }
    const payload = { senderId, channelId, command, nonce, replyTo, sessionId: undefined }
    await this.#require(toCandidate(payload))
    await this.#publish({ ...payload, data, sentAt, attempt, timestamp })
    return { ...message, timestamp, duplicate: false }
  }

  /**
   * Changes a message; resolves once the broker has it, at most a second later where something is appended: that is gathered. A repeat
   * of a change that is stored is not queued again.
   * @throws as {@link send}
   */
  async change(senderId: string, { channelId, nonce, change }: ChangeRequest): Promise<AcceptedChange> {
    if (change.$case === 'append') {
      const part = { ...change.value, channelId, senderId, sessionId: undefined, nonce }
      return this.#appends.add(part)
    }
    return this.#change(senderId, { channelId, nonce, change })
  }

  /** Sends what has been gathered; resolves when the queue has it. */
  close(): Promise<void> {
    return this.#appends.close()
  }

  async #change(senderId: string, { channelId, nonce, change }: ChangeRequest): Promise<AcceptedChange> {
    const attempt = newAttempt()
    const id = toCommandId(change, { channelId, senderId, nonce, attempt })
    const accepted = { changeId: id, attempt }
    if (nonce !== undefined && (await this.#findFirst({ id, channelId, attempt }))) return accepted
    const asked = { senderId, channelId, command: change, nonce, sessionId: undefined }
    await this.#require(toCandidate(asked, change.value.id))
    await this.#publish({ ...asked, attempt, timestamp: new Date().toISOString() })
    return accepted
  }

  /** Where the log does not answer the message is written: the consumer finds out that it repeats another. */
  async #findFirst(message: { id: string; channelId: string; attempt: string }) {
    const finding = this.#deps.outcomes.list([message])
    const [outcome] = await orAborted(finding, AbortSignal.timeout(LOOK_UP_MS)).catch(() => [])
    return outcome?.result?.$case === 'stored' ? outcome.result.value : undefined
  }

  /** @throws what core refuses the candidate with */
  async #require(candidate: Candidate): Promise<void> {
    const [verdict] = await this.#deps.validator.validate([candidate])
    if (verdict?.outcome?.$case === 'refusal') throw fromRefusal(verdict.outcome.value)
  }

  async #publish(payload: Omit<QueuedCommand, 'origin' | 'moderated' | 'traceparent'>): Promise<void> {
    const { queue, partitions, origin } = this.#deps
    const body = encodePayload({ ...payload, origin, moderated: true, traceparent: '' })
    await queue.publish(toPartition(payload.channelId, partitions), body)
  }
}
