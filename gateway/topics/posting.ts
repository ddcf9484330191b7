import { fromRefusal } from '../../contract/refusals.js'
import type { Outcome } from '../../gen/recado/v1/types.js'
import type { User } from '../connections/user.js'
import type { Connection, Join, Reply } from '../phoenix/handler.js'
import type { Draft, SendMessage } from '../sending/send-message.js'
import type { OutcomePost } from './outcome-post.js'

/** What is said of a message, but for who sends it. */
export type Post = Omit<Draft, 'senderId' | 'sessionId'>

/** Sends what joins of any topic push, and tells each sender what became of it, on the topic that it sent on. */
export class Posting {
  readonly #send: SendMessage
  readonly #outcomes: OutcomePost

  constructor(send: SendMessage, outcomes: OutcomePost) {
    this.#send = send
    this.#outcomes = outcomes
  }

  /**
   * Sends a message, replies `ok` once it is accepted, and tells its outcome later.
   * @throws what {@link SendMessage} throws; nothing was replied then
   */
  async post({ connection, topic }: Join<User>, post: Post, reply: Reply): Promise<void> {
    const { id: senderId, sessionId } = connection.state
    const { id, channelId, outcome } = await this.#send({ senderId, sessionId, ...post })
    reply('ok', { id, channel_id: channelId, state: 'accepted' })
    outcome.then(
      (known) => this.#tell(connection, topic, known, post.nonce),
      // Nothing was heard of it: the sender repeats it with its nonce when it wants to know.
      () => undefined,
    )
  }

  #tell(
    connection: Connection<User>,
    topic: string,
    { id, result }: Outcome,
    nonce: string | undefined,
  ): void {
    if (result?.$case === 'stored') {
      const { seq, timestamp, duplicate } = result.value
      const payload = { id, nonce, seq, timestamp, duplicate }
      this.#outcomes.send(connection, { topic, event: 'message:ack', payload })
    } else if (result?.$case === 'refused') {
      const { code, reason, message } = fromRefusal(result.value)
      const payload = { id, nonce, code, reason, message }
      this.#outcomes.send(connection, { topic, event: 'message:rejected', payload })
    }
  }
}
