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
  /** The id of a message with this nonce; default: any. */
  idOf?: (nonce: string) => string
  /** The text of each; default: its number. */
  content?: string
}

/** Stores messages in an empty channel, and raises its head, as the consumer does. The copy of recent events stays as it is. */
export async function storeMessages(
  ports: Pick<CorePorts, 'history' | 'heads'>,
  storing: Storing,
): Promise<Message[]> {
  const { channelId, senderId, count, head = count } = storing
  const messages = Array.from({ length: count }, (_, index) => toMessage(storing, index + 1))
  for (let from = 0; from < count; from += 500) {
    await ports.history.append(messages.slice(from, from + 500).map(toEvent))
  }
  const senders = [{ userId: senderId, seq: head, count: head }]
  await ports.heads.raise([{ channelId, seq: head, count: head, senders }], [])
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

function toMessage({ channelId, senderId, idOf = newId, content }: Storing, seq: number): Message {
  return {
    id: idOf(`nonce ${seq}`),
    channelId,
    serverId: 'server-1',
    senderId,
    content: content ?? `message ${seq}`,
    timestamp: new Date(1_700_000_000_000 + seq).toISOString(),
    seq,
    count: seq,
    nonce: `nonce ${seq}`,
    replyTo: undefined,
    data: undefined,
    sentAt: undefined,
    mentions: [],
    mentionsEveryone: false,
    reactions: [],
    isFinal: false,
  }
}
