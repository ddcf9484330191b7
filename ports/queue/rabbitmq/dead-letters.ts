import type { Channel, GetMessage } from 'amqplib'
import type { DeadLetter, Delivery } from '../queue.js'
import { orUnavailable } from './channel.js'
import type { Outgoing } from './lane.js'

const REASON_HEADER = 'x-recado-reason'

/** More than a person reads, less than what amqplib's headers hold. */
const MAX_REASON_LENGTH = 1_000

/** The message that puts a delivery among the dead letters. */
export function toDeadLetter(deadQueue: string, delivery: Delivery, reason: string): Outgoing {
  return {
    exchange: '',
    routingKey: deadQueue,
    body: delivery.body,
    messageId: delivery.messageId,
    headers: { [REASON_HEADER]: reason.slice(0, MAX_REASON_LENGTH) },
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
    reason: String(properties.headers?.[REASON_HEADER] ?? ''),
    messageId: properties.messageId as string | undefined,
  }
}
