import type { QueuedCommand } from '../../gen/recado/v1/payload.js'
import { toCommandId } from '../../contract/commands.js'
import { deriveId, isNonce, newAttempt } from '../../contract/ids.js'
import { decodePayload } from '../../contract/payload.js'
import { RecadoError } from '../../lib/errors.js'
import type { Delivery } from '../../ports/queue/queue.js'
import type { Entry } from './entry.js'

/** What a delivery says by itself. */
export type ReadEntry = Omit<Entry, 'owner'>

/**
 * Reads a delivery.
 * @throws `invalid_argument` when it can never be processed.
 */
export function read(delivery: Delivery): ReadEntry {
  const payload = complete(decodePayload(delivery.body), delivery.messageId)
  const { channelId, senderId, nonce, attempt, command } = payload
  if (!command) throw new RecadoError('invalid_argument', 'The payload holds no command.')
  return { delivery, payload, id: toCommandId(command, { channelId, senderId, nonce, attempt }), attempt }
}

/** Gives a payload what an internal publisher leaves out: AMQP's `message_id` stands for the nonce, and a try is named. */
export function complete(payload: QueuedCommand, messageId: string | undefined): QueuedCommand {
  return {
    ...payload,
    nonce: payload.nonce ?? (messageId ? toNonce(messageId) : undefined),
    attempt: payload.attempt || newAttempt(),
  }
}

function toNonce(messageId: string): string {
  return isNonce(messageId) ? messageId : deriveId('message_id', messageId)
}
