import type { JoinPermission } from '../../gen/recado/internal/v1/core_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Connections } from '../connections/connections.js'
import { isLostBy } from '../connections/lost-rights.js'
import type { RightsLog } from '../connections/rights-log.js'
import type { User } from '../connections/user.js'
import type { Deliveries, Followed } from '../deliveries/deliveries.js'
import { toErrorReply } from '../errors.js'
import { JoinRefused, type Join, type Joined, type Reply, type TopicHandler } from '../phoenix/handler.js'
import type { Audience } from './audience.js'
import {
  answerFaults,
  findChange,
  type PushedChange,
  parseRead,
  parseSend,
  replyUnknown,
  toPost,
} from './commands.js'
import type { JoinRights } from './join-rights.js'
import type { OutcomePost } from './outcome-post.js'
import type { Posting } from './posting.js'
import type { ReadMarks } from './read-marks.js'

/** What a channel's topic works with. */
export type ChannelTopicDeps = {
  connections: Connections
  joinRights: Pick<JoinRights, 'require'>
  rightsLog: Pick<RightsLog, 'since'>
  deliveries: Pick<Deliveries<Audience>, 'follow' | 'unfollow' | 'reach'>
  posting: Pick<Posting, 'post' | 'change'>
  readMarks: Pick<ReadMarks, 'note'>
  outcomes: OutcomePost
}

/** One join of `channel:<id>` by one connection. */
export class ChannelTopic implements TopicHandler<User> {
  readonly #channelId: string
  readonly #deps: ChannelTopicDeps

  constructor(channelId: string, deps: ChannelTopicDeps) {
    this.#channelId = channelId
    this.#deps = deps
  }

  /**
   * Joins: the interest is in force before the head is read, so that every event is either at or below the head or comes in a frame.
   * The position at which the connection is attached is the head that the reply names; its first live event is the next one.
   */
  async join(join: Join<User>, _payload: unknown, signal: AbortSignal): Promise<Joined> {
    const { deliveries, joinRights, outcomes } = this.#deps
    const followed = deliveries.follow(this.#channelId)
    try {
      await followed.inForce
      const userId = join.connection.state.id
      const permission = await joinRights.require({ userId, channelId: this.#channelId })
      if (permission.head) await deliveries.reach(this.#channelId, permission.head, signal)
      signal.throwIfAborted()
      return {
        response: () => this.#attach(join, followed, permission),
        attached: () => outcomes.deliver(join),
      }
    } catch (error) {
      deliveries.unfollow(this.#channelId)
      throw error instanceof RecadoError ? new JoinRefused(toErrorReply(error)) : error
    }
  }

  push(join: Join<User>, event: string, payload: unknown, reply: Reply): void {
    if (event === 'message:send') answerFaults(this.#send(join, payload, reply), reply)
    else if (event === 'read') answerFaults(this.#read(join, payload, reply), reply)
    else this.#pushChange(join, { event, payload }, reply)
  }

  #pushChange(join: Join<User>, { event, payload }: { event: string; payload: unknown }, reply: Reply): void {
    const parse = findChange(event)
    if (parse)
      answerFaults(
        this.#change(join, () => parse(payload), reply),
        reply,
      )
    else replyUnknown(event, reply)
  }

  left(join: Join<User>): void {
    this.#deps.connections.leave(join)
    this.#deps.deliveries.unfollow(this.#channelId)
  }

  #attach(join: Join<User>, { feed }: Followed<Audience>, { position, serverId }: JoinPermission): object {
    this.#assertStillAllowed({ serverId, user: join.connection.state }, position)
    this.#deps.connections.join(join, serverId)
    return { channel: this.#channelId, head: feed.head, recovered: false, events: [] }
  }

  #assertStillAllowed(place: { serverId: string; user: User }, position: number): void {
    const channelId = this.#channelId
    try {
      const lost = this.#deps.rightsLog
        .since(position)
        .filter((each) => isLostBy(each, { ...place, channelId }))
      if (lost.some(({ $case }) => $case !== 'rightsChanged'))
        throw new RecadoError('not_found', 'There is no such channel for you.', { reason: 'NOT_A_MEMBER' })
      if (lost.length > 0) throw new RecadoError('unavailable', 'Your rights are just changing. Join again.')
    } catch (error) {
      throw new JoinRefused(toErrorReply(error))
    }
  }

  /** Notes how far the user has read; answered once it is noted. */
  async #read(join: Join<User>, payload: unknown, reply: Reply): Promise<void> {
    const { seq } = parseRead(payload)
    await this.#deps.readMarks.note({ userId: join.connection.state.id, channelId: this.#channelId, seq })
    reply('ok', {})
  }

  async #change(join: Join<User>, parse: () => PushedChange, reply: Reply): Promise<void> {
    await this.#deps.posting.change(join, { channelId: this.#channelId, ...parse() }, reply)
  }

  async #send(join: Join<User>, payload: unknown, reply: Reply): Promise<void> {
    await this.#deps.posting.post(join, { channelId: this.#channelId, ...toPost(parseSend(payload)) }, reply)
  }
}
