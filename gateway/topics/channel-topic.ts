import type { Outcome } from '../../gen/recado/v1/types.js'
import type { JoinPermission } from '../../gen/recado/internal/v1/core_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Deliveries, Followed } from '../deliveries/deliveries.js'
import { fromRefusal } from '../../contract/refusals.js'
import { toErrorReply } from '../errors.js'
import { JoinRefused, type Join, type TopicHandler, type Joined, type Reply } from '../phoenix/handler.js'
import type { Sender } from '../sending/sender.js'
import type { Audience } from './audience.js'
import { parseSend, type SendCommand } from './commands.js'
import type { JoinRights } from './join-rights.js'
import { isLostBy } from '../connections/lost-rights.js'
import type { Revocations } from '../connections/revocations.js'
import type { User } from '../connections/user.js'

/** What a channel's topic works with. */
export type ChannelTopicDeps = {
  joinRights: JoinRights
  deliveries: Deliveries<Audience>
  sender: Sender
  revocations: Revocations
}

/** One join of `channel:<id>` by one connection. */
export class ChannelTopic implements TopicHandler<User> {
  readonly #channelId: string
  readonly #deps: ChannelTopicDeps
  #serverId = ''

  constructor(channelId: string, deps: ChannelTopicDeps) {
    this.#channelId = channelId
    this.#deps = deps
  }

  /**
   * Joins: the interest is in force before the head is read, so that every event is either at or below the head or comes in a frame.
   * The position at which the connection is attached is the head that the reply names; its first live event is the next one.
   */
  async join(context: Join<User>, _payload: unknown, signal: AbortSignal): Promise<Joined> {
    const followed = this.#deps.deliveries.follow(this.#channelId)
    try {
      await followed.inForce
      const userId = context.connection.state.id
      const permission = await this.#deps.joinRights.require({ userId, channelId: this.#channelId })
      this.#serverId = permission.serverId
      if (permission.head) {
        followed.feed.begin(permission.head)
        await followed.feed.reach(permission.head.seq, signal)
      }
      signal.throwIfAborted()
      return {
        response: () => this.#attach(context, followed, permission),
      }
    } catch (error) {
      this.#deps.deliveries.unfollow(this.#channelId)
      throw error instanceof RecadoError ? new JoinRefused(toErrorReply(error)) : error
    }
  }

  push(context: Join<User>, event: string, payload: unknown, reply: Reply): void {
    if (event !== 'message:send') {
      reply(
        'error',
        toErrorReply(
          new RecadoError('unimplemented', `This server does not know the event \`${event}\` yet.`),
        ),
      )
      return
    }
    this.#send(context, payload, reply).catch((error: unknown) => reply('error', toErrorReply(error)))
  }

  left(context: Join<User>): void {
    this.#deps.deliveries.find(this.#channelId)?.subscriber.remove(context)
    this.#deps.deliveries.unfollow(this.#channelId)
  }

  #attach(context: Join<User>, followed: Followed<Audience>, { position }: JoinPermission): object {
    const place = { channelId: this.#channelId, serverId: this.#serverId, user: context.connection.state }
    if (this.#deps.revocations.since(position).some((lost) => isLostBy(lost, place))) {
      throw new JoinRefused(toErrorReply(new RecadoError('not_found', 'There is no such channel for you.')))
    }
    followed.subscriber.add(context, this.#serverId)
    return { channel: this.#channelId, head: followed.feed.head, recovered: false, events: [] }
  }

  async #send(context: Join<User>, payload: unknown, reply: Reply): Promise<void> {
    const { content, nonce, reply_to: replyTo }: SendCommand = parseSend(payload)
    const senderId = context.connection.state.id
    const { id, channelId, outcome } = await this.#deps.sender.send({
      senderId,
      channelId: this.#channelId,
      content,
      nonce,
      replyTo,
    })
    reply('ok', { id, channel_id: channelId, state: 'accepted' })
    outcome.then(
      (known) => pushOutcome(context, known, nonce),
      // Nothing was heard of it: the sender repeats it with its nonce when it wants to know.
      () => undefined,
    )
  }
}

function pushOutcome(context: Join<User>, { id, result }: Outcome, nonce: string | undefined): void {
  if (!context.isJoined) return
  if (result?.$case === 'stored') {
    const { seq, timestamp, duplicate } = result.value
    context.push('message:ack', { id, nonce, seq, timestamp, duplicate })
  } else if (result?.$case === 'refused') {
    const { code, reason, message } = fromRefusal(result.value)
    context.push('message:rejected', { id, nonce, code, reason, message })
  }
}
