import type { Outcome } from '../../../gen/recado/v1/types.js'
import { fromRefusal } from '../../../contract/refusals.js'
import type { Log } from '../../../lib/log.js'
import type { CoreClients } from '../../core-clients.js'
import { toMessageJson, type MessageJson } from '../../message-json.js'
import type { Accepted } from '../../sending/send-message.js'
import { present } from '../json.js'

/** What waiting for the store needs. */
export type StoredDeps = {
  messages: CoreClients['messages']
  /** How long to wait for what is accepted to be stored, in milliseconds. */
  storeTimeoutMs: number
  log: Log
}

/** What came of something accepted: the message as it is stored. */
export type StoredMessage = { message: MessageJson; isDuplicate: boolean }

/**
 * Waits until what was accepted is stored, and reads the message with this id for its sender. Undefined where that takes too long or
 * cannot be read: it is accepted all the same.
 * @throws what the consumer refused it with
 */
export async function readStored(
  deps: StoredDeps,
  { channelId, outcome }: Accepted,
  { messageId, userId }: { messageId: string; userId: string },
): Promise<StoredMessage | undefined> {
  const known = await settled(outcome, deps.storeTimeoutMs)
  if (known?.result?.$case === 'refused') throw fromRefusal(known.result.value)
  if (known?.result?.$case !== 'stored') return undefined
  const { messages, log } = deps
  try {
    const asked = { channelId, id: messageId }
    const { message } = await messages.call((client) => client.getMessage, asked, { userId })
    return { message: toMessageJson(present(message)), isDuplicate: known.result.value.duplicate }
  } catch (err) {
    log.warn({ err, channelId, messageId }, 'a stored message could not be read for its sender')
    return undefined
  }
}

/** Waits for an outcome, at most for a time. Undefined when it has not come: it is accepted all the same. */
async function settled(outcome: Promise<Outcome>, timeoutMs: number): Promise<Outcome | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, timeoutMs, undefined)))
  try {
    return await Promise.race([outcome.catch(() => undefined), late])
  } finally {
    clearTimeout(timer)
  }
}
