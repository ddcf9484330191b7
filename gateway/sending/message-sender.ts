import type { Verdict } from '../../gen/recado/v1/messages_service.js'
import type { QueuedCommand } from '../../gen/recado/v1/payload.js'
import { RecadoError } from '../../lib/errors.js'
import { changedIdOf, isEmoji, toCandidate, toCommandId, type Command } from '../../contract/commands.js'
import { isId, isNonce, newAttempt } from '../../contract/ids.js'
import { MAX_CONTENT_CHARACTERS, MAX_DATA_BYTES, MAX_NONCE_CHARACTERS } from '../../contract/limits.js'
import { toPartition } from '../../contract/partitions.js'
import { encodePayload } from '../../contract/payload.js'
import { toUtcTime } from '../../contract/times.js'
import { assertNoFaults, type Faults } from '../../lib/faults.js'
import { checkPart, checkText } from '../../lib/text.js'
import type { Queue } from '../../ports/queue/queue.js'
import type { GatewayLimits } from '../limits.js'
import { fromRefusal } from '../../contract/refusals.js'
import type { Attempts } from './attempts.js'
import type { Accepted, Change, ChangeDraft, ChangeMessage, Draft, SendMessage } from './send-message.js'
import type { ValidationStream } from './validation-stream.js'

/** What sending works with. */
export type SenderDeps = {
  validation: Pick<ValidationStream, 'submit'>
  queue: Pick<Queue, 'publish'>
  attempts: Attempts
  limits: Pick<GatewayLimits, 'send'>
  /** This gateway, where outcomes are to go. */
  origin: string
  partitions: number
}

/** A message's way to the queue: format and pace, then core's validation, then the broker's confirm. */
export class MessageSender {
  readonly #deps: SenderDeps

  constructor(deps: SenderDeps) {
    this.#deps = deps
  }

  readonly send: SendMessage = async (draft) => {
    checkFormat(draft)
    await this.#deps.limits.send(draft.senderId)
    const { content, replyTo, data, sentAt } = draft
    const rest = { replyTo, data, sentAt: sentAt === undefined ? undefined : toUtcTime(sentAt) }
    return this.#submit(draft, { $case: 'message', value: content }, rest)
  }

  /** As `send`, for a change; what is appended is not gathered here. */
  readonly change: ChangeMessage = async (draft) => {
    checkChange(draft)
    await this.#deps.limits.send(draft.senderId)
    return this.#submit(draft, draft.change, {})
  }

  async #submit(
    { senderId, channelId, nonce, sessionId }: Pick<Draft, 'senderId' | 'channelId' | 'nonce' | 'sessionId'>,
    command: Command,
    rest: Partial<QueuedCommand>,
  ): Promise<Accepted> {
    // Assigned, for a message has many fields: to write them behind a spread takes twenty times as long.
    const asked = Object.assign({ senderId, channelId, command, nonce, sessionId }, rest)
    const [verdict] = await this.#deps.validation.submit([toCandidate(asked, changedIdOf(command))])
    assertPermitted(verdict)
    const attempt = newAttempt()
    const timestamp = new Date().toISOString()
    const { origin } = this.#deps
    const body = encodePayload(
      Object.assign({ timestamp, attempt, origin, moderated: true, traceparent: '' }, asked),
    )
    const id = toCommandId(command, { channelId, senderId, nonce, attempt })
    const { outcome } = await this.#publish({ id, channelId, attempt }, body)
    return { id, channelId, timestamp, outcome }
  }

  /** Resolves, with the outcome still to come, on the confirm or on the outcome, whichever is first: what is stored was accepted. */
  async #publish(
    { id, channelId, attempt }: { id: string; channelId: string; attempt: string },
    body: Buffer,
  ) {
    const { queue, attempts, partitions } = this.#deps
    const outcome = attempts.open(id, channelId, attempt)
    // Whoever sent may have gone; then nobody listens to a rejection.
    outcome.catch(() => undefined)
    try {
      await Promise.race([queue.publish(toPartition(channelId, partitions), body), outcome])
    } catch (error) {
      attempts.forget(attempt)
      throw error
    }
    return { outcome }
  }
}

function checkChange({ channelId, nonce, change }: ChangeDraft): void {
  assertNoFaults({
    channel_id: isId(channelId) ? undefined : "must be a channel's id",
    nonce: findNonceFault(nonce),
    id: isId(change.value.id) ? undefined : "must be a message's id",
    ...findChangeFaults(change),
  })
}

function findChangeFaults(change: Change): Faults {
  switch (change.$case) {
    case 'edit': {
      const { content, data } = change.value
      return { content: checkText(content, MAX_CONTENT_CHARACTERS), data: findDataFault(data) }
    }
    case 'append': {
      const { text, final } = change.value
      const isNothing = text === '' && !final
      const fault = isNothing ? 'may be empty only where `final` is true' : undefined
      return { text: checkPart(text, MAX_CONTENT_CHARACTERS) ?? fault }
    }
    case 'react':
      return {
        emoji: isEmoji(change.value.emoji)
          ? undefined
          : 'must have 1 to 64 characters, none of them white space',
      }
    case 'delete':
      return {}
  }
}

function findNonceFault(nonce: string | undefined): string | undefined {
  return nonce === undefined || isNonce(nonce)
    ? undefined
    : `must have 1 to ${MAX_NONCE_CHARACTERS} characters`
}

function findDataFault(data: string | undefined): string | undefined {
  return data === undefined || Buffer.byteLength(data) <= MAX_DATA_BYTES
    ? undefined
    : `must have at most ${MAX_DATA_BYTES} bytes as JSON`
}

function checkFormat({ channelId, content, nonce, replyTo, data, sentAt }: Draft): void {
  assertNoFaults({
    channel_id: isId(channelId) ? undefined : "must be a channel's id",
    content: checkText(content, MAX_CONTENT_CHARACTERS),
    nonce: findNonceFault(nonce),
    reply_to: replyTo === undefined || isId(replyTo) ? undefined : "must be a message's id",
    data: findDataFault(data),
    timestamp:
      sentAt === undefined || toUtcTime(sentAt) !== undefined
        ? undefined
        : 'must be a time of RFC 3339 with a time zone, in the years 1 to 9999',
  })
}

function assertPermitted(verdict: Verdict | undefined): void {
  if (verdict?.outcome?.$case === 'permission') return
  if (verdict?.outcome?.$case === 'refusal') throw fromRefusal(verdict.outcome.value)
  throw new RecadoError('internal', 'The message could not be validated.')
}
