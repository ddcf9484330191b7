import type { StoredMessage } from '../../gen/recado/internal/v1/core_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Entry } from './entry.js'

/** Notes who is to be told of messages: core. Doing it again changes nothing. */
export type Notifier = { notify(messages: readonly StoredMessage[]): Promise<void> }

/** Messages in one call of core. */
const MAX_MESSAGES = 1_000

/**
 * Has core note who is to be told of the batch's messages, before the queue is told that they are done with. Core is asked about those
 * alone of which somebody may have to be told; where it does not answer, the batch is held.
 * @throws `unavailable`
 */
export async function notify(entries: readonly Entry[], notifier: Notifier): Promise<void> {
  const messages = entries.flatMap(toStoredMessage)
  try {
    for (let at = 0; at < messages.length; at += MAX_MESSAGES)
      await notifier.notify(messages.slice(at, at + MAX_MESSAGES))
  } catch (cause) {
    if (!(cause instanceof RecadoError)) throw cause
    throw new RecadoError('unavailable', `Core does not note who is to be told: ${cause.message}`, { cause })
  }
}

function toStoredMessage({ event, permission }: Entry): StoredMessage[] {
  if (!permission?.mayNotify || event?.what?.$case !== 'message') return []
  const { id, channelId, senderId, mentions, mentionsEveryone, replyTo = '' } = event.what.value
  const { seq, count } = event
  return [{ id, channelId, senderId, seq, count, mentions, mentionsEveryone, replyTo }]
}
