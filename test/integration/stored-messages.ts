import type { Event, Message } from '../../gen/recado/v1/types.js'
import { newId } from '../../contract/ids.js'
import type { CorePorts } from './core-ports.js'

/** Which messages to store. */
export type Storing = {
  channelId: string
  senderId: string
  count: number
  /** How far the head is raised; default: to the last. */
  head?: number
}

/** Stores messages in an empty channel, and raises its head, as the consumer does. The copy of recent events stays as it is. */
export async function storeMessages(
  ports: Pick<CorePorts, 'history' | 'heads'>,
  { channelId, senderId, count, head = count }: Storing,
): Promise<Message[]> {
  const messages = Array.from({ length: count }, (_, index) => toMessage(channelId, senderId, index + 1))
  for (let from = 0; from < count; from += 500) {
    await ports.history.append(messages.slice(from, from + 500).map(toEvent))
  }
  await ports.heads.raise([{ channelId, seq: head, count: head }], [])
  return messages
}

/** The event of a message that {@link storeMessages} stored. */
export function toEvent(message: Message): Event {
  const { id, channelId, seq, count } = message
  return {
    id,
    channelId,
    seq,
    count,
    attempt: `attempt of ${id}`,
    epoch: '',
    what: { $case: 'message', value: message },
  }
}

function toMessage(channelId: string, senderId: string, seq: number): Message {
  return {
    id: newId(),
    channelId,
    serverId: 'server-1',
    senderId,
    content: `message ${seq}`,
    timestamp: new Date(1_700_000_000_000 + seq).toISOString(),
    seq,
    count: seq,
    nonce: `nonce ${seq}`,
    replyTo: undefined,
    data: undefined,
    sentAt: undefined,
  }
}
