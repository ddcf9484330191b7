import { RecadoError } from '../../lib/errors.js'
import type { User } from '../connections/user.js'
import { toErrorReply } from '../errors.js'
import type { PresentUsers } from '../happenings/present-users.js'
import { JoinRefused, type Join, type Joined, type Reply, type TopicHandler } from '../phoenix/handler.js'
import type { Recipients } from '../sending/recipients.js'
import { answerFaults, parseSendToUser, replyUnknown, toPost } from './commands.js'
import type { Posting } from './posting.js'
import { ToldTopic, type ToldTopicDeps } from './told-topic.js'

/** What one's own topic works with. */
export type UserTopicDeps = ToldTopicDeps & {
  posting: Pick<Posting, 'post'>
  recipients: Pick<Recipients, 'channelOf'>
  presentUsers: PresentUsers
}

/** One join of `user:<id>`, one's own: what concerns the user alone, and messages to others. */
export class UserTopic implements TopicHandler<User> {
  readonly #userId: string
  readonly #deps: UserTopicDeps
  readonly #told: ToldTopic

  constructor(userId: string, deps: UserTopicDeps) {
    this.#userId = userId
    this.#deps = deps
    this.#told = new ToldTopic(deps)
  }

  async join(join: Join<User>, payload: unknown, signal: AbortSignal): Promise<Joined> {
    if (join.connection.state.id !== this.#userId)
      throw new JoinRefused(toErrorReply(new RecadoError('not_found', 'This topic is of somebody else.')))
    const wish = { channelId: '', own: true }
    return this.#told.join(join, { wish, payload, signal }, ({ start }) =>
      this.#deps.presentUsers.add(join, start?.serverIds ?? []),
    )
  }

  push(join: Join<User>, event: string, payload: unknown, reply: Reply): void {
    if (event === 'message:send') answerFaults(this.#send(join, payload, reply), reply)
    else replyUnknown(event, reply)
  }

  left(join: Join<User>): void {
    this.#told.left(join)
    this.#deps.presentUsers.remove(join)
  }

  /** To the direct with a user, which is opened on the way. */
  async #send(join: Join<User>, payload: unknown, reply: Reply): Promise<void> {
    const command = parseSendToUser(payload)
    const recipient = { $case: 'userId' as const, value: command.user_id }
    const channelId = await this.#deps.recipients.channelOf(join.connection.state.id, recipient)
    await this.#deps.posting.post(join, { channelId, ...toPost(command) }, reply)
  }
}
