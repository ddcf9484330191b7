import type { Channel, GetMessage } from 'amqplib'
import { MAX_PAYLOAD_BYTES } from '../../../contract/limits.js'
import type { DeadLetter, Delivery } from '../queue.js'
import { orUnavailable } from './faults.js'
import type { Outgoing } from './lane.js'

const REASON_HEADER = 'x-recado-reason'
/** How large the body was, where the dead letter has only its head. */
const BYTES_HEADER = 'x-recado-bytes'

/** More than a person reads, less than what amqplib's headers hold. */
const MAX_REASON_LENGTH = 1_000

/** The message that puts a delivery, whose body had so many bytes, among the dead letters. */
export function toDeadLetter(
  deadQueue: string,
  { body, messageId }: Delivery,
  bytes: number,
  reason: string,
): Outgoing {
  return {
    exchange: '',
    routingKey: deadQueue,
    body: body.subarray(0, MAX_PAYLOAD_BYTES),
    messageId,
    headers: {
      [REASON_HEADER]: reason.slice(0, MAX_REASON_LENGTH),
      ...(bytes > MAX_PAYLOAD_BYTES && { [BYTES_HEADER]: String(bytes) }),
    },
  }
}

/** Hands the oldest dead letters to `visit` and removes each once visited. Rejects with what `visit` rejects with. */
export async function drainDeadLetters(
  amqpChannel: Channel,
  deadQueue: string,
  visit: (letter: DeadLetter) => Promise<void>,
  limit: number,
): Promise<number> {
  for (let removed = 0; removed < limit; removed += 1) {
    const message = await orUnavailable(amqpChannel.get(deadQueue))
    if (!message) return removed
    await visit(fromMessage(message))
    await orUnavailable(ack(amqpChannel, message))
  }
  return limit
}

/** Throws when the connection broke during the visit; the letter comes again. */
async function ack(amqpChannel: Channel, message: GetMessage): Promise<void> {
  amqpChannel.ack(message)
}

function fromMessage({ content, properties }: GetMessage): DeadLetter {
  return {
    body: content,
    bytes: Number(properties.headers?.[BYTES_HEADER] ?? content.length),
    reason: String(properties.headers?.[REASON_HEADER] ?? ''),
    messageId: properties.messageId as string | undefined,
  }
}
