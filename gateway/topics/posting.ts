import { fromRefusal } from '../../contract/refusals.js'
import type { Outcome } from '../../gen/recado/v1/types.js'
import type { User } from '../connections/user.js'
import type { Connection, Join, Reply } from '../phoenix/handler.js'
import type { Accepted, Change, ChangeMessage, Draft, SendMessage } from '../sending/send-message.js'
import type { OutcomePost } from './outcome-post.js'

/** What is said of a message, but for who sends it. */
export type Post = Omit<Draft, 'senderId' | 'sessionId'>

/** Sends what joins of any topic push, and tells each sender what became of it, on the topic that it sent on. */
export class Posting {
  readonly #send: SendMessage
  readonly #change: ChangeMessage
  readonly #outcomes: OutcomePost

  constructor({
    send,
    change,
    outcomes,
  }: {
    send: SendMessage
    change: ChangeMessage
    outcomes: OutcomePost
  }) {
    this.#send = send
    this.#change = change
    this.#outcomes = outcomes
  }

  /**
   * Sends a message, replies `ok` once it is accepted, and tells its outcome later.
   * @throws what {@link SendMessage} throws; nothing was replied then
   */
  async post({ connection, topic }: Join<User>, post: Post, reply: Reply): Promise<void> {
    const { id: senderId, sessionId } = connection.state
    const accepted = await this.#send({ senderId, sessionId, ...post })
    this.#accept(accepted, { connection, topic, nonce: post.nonce }, reply)
  }

  /**
   * As {@link post}, for a change: the ids in the reply and in what is told later are the change's, and `message_id` is the message's.
   * @throws what {@link ChangeMessage} throws; nothing was replied then
   */
  async change(
    { connection, topic }: Join<User>,
    { channelId, change, nonce }: { channelId: string; change: Change; nonce: string | undefined },
    reply: Reply,
  ): Promise<void> {
    const { id: senderId, sessionId } = connection.state
    const accepted = await this.#change({ senderId, sessionId, channelId, nonce, change })
    this.#accept(accepted, { connection, topic, nonce, messageId: change.value.id }, reply)
  }

  #accept({ id, channelId, outcome }: Accepted, asker: Asker, reply: Reply): void {
    const { messageId: message_id } = asker
    reply('ok', {
      id,
      ...(message_id !== undefined && { message_id }),
      channel_id: channelId,
      state: 'accepted',
    })
    outcome.then(
      (known) => this.#tell(known, asker),
      // Nothing was heard of it: the sender repeats it with its nonce when it wants to know.
      () => undefined,
    )
  }

  #tell({ id, result }: Outcome, { connection, topic, nonce, messageId: message_id }: Asker): void {
    const named = { id, ...(message_id !== undefined && { message_id }), nonce }
    if (result?.$case === 'stored') {
      const { seq, timestamp, duplicate } = result.value
      const payload = { ...named, seq, timestamp, duplicate }
      this.#outcomes.send(connection, { topic, event: 'message:ack', payload })
    } else if (result?.$case === 'refused') {
      const { code, reason, message } = fromRefusal(result.value)
      const payload = { ...named, code, reason, message }
      this.#outcomes.send(connection, { topic, event: 'message:rejected', payload })
    }
  }
}

/** Who waits for an outcome, and what it is to be called there. */
type Asker = {
  connection: Connection<User>
  topic: string
  nonce: string | undefined
  /** Of a change. */
  messageId?: string
}
