import type { User } from '../connections/user.js'
import type { Join, Joined, Reply, TopicHandler } from '../phoenix/handler.js'
import type { Recipients } from '../sending/recipients.js'
import { answerFaults, parseSend, replyUnknown, toPost } from './commands.js'
import type { Posting } from './posting.js'
import { ToldTopic, type ToldTopicDeps } from './told-topic.js'

/** What a server's topic works with. */
export type ServerTopicDeps = ToldTopicDeps & {
  posting: Pick<Posting, 'post'>
  recipients: Pick<Recipients, 'channelOf'>
}

/** One join of `server:<id>`: what happens in a server, and messages to all of it. */
export class ServerTopic implements TopicHandler<User> {
  readonly #serverId: string
  readonly #deps: ServerTopicDeps
  readonly #told: ToldTopic

  constructor(serverId: string, deps: ServerTopicDeps) {
    this.#serverId = serverId
    this.#deps = deps
    this.#told = new ToldTopic(deps)
  }

  join(join: Join<User>, payload: unknown, signal: AbortSignal): Promise<Joined> {
    const wish = { channelId: '', serverId: this.#serverId }
    return this.#told.join(join, { wish, payload, signal })
  }

  push(join: Join<User>, event: string, payload: unknown, reply: Reply): void {
    if (event === 'message:send') answerFaults(this.#send(join, payload, reply), reply)
    else replyUnknown(event, reply)
  }

  left(join: Join<User>): void {
    this.#told.left(join)
  }

  /** To the announcement channel. */
  async #send(join: Join<User>, payload: unknown, reply: Reply): Promise<void> {
    const post = toPost(parseSend(payload))
    const recipient = { $case: 'serverId' as const, value: this.#serverId }
    const channelId = await this.#deps.recipients.channelOf(join.connection.state.id, recipient)
    await this.#deps.posting.post(join, { channelId, ...post }, reply)
  }
}
