import type { JoinPermission, JoinWish } from '../../gen/recado/internal/v1/core_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Connections } from '../connections/connections.js'
import { isLostBy } from '../connections/lost-rights.js'
import type { RightsLog } from '../connections/rights-log.js'
import type { User } from '../connections/user.js'
import { toErrorReply } from '../errors.js'
import type { HappeningsLog } from '../happenings/happenings-log.js'
import type { Listeners } from '../happenings/listeners.js'
import { JoinRefused, type Join, type Joined } from '../phoenix/handler.js'
import type { JoinRights } from './join-rights.js'
import type { OutcomePost } from './outcome-post.js'

/** What the topics work with that tell what is in the log of happenings. */
export type ToldTopicDeps = {
  connections: Connections
  joinRights: Pick<JoinRights, 'require'>
  rightsLog: Pick<RightsLog, 'since'>
  happenings: Pick<HappeningsLog, 'position' | 'hasToldAfter'>
  listeners: Listeners
  outcomes: OutcomePost
}

/**
 * Joins `server:` and `user:` topics. The reply says from where on their events are heard, and whether any was missed since the
 * position that the client shows: whoever missed one reads anew, which is enough, for what is read is later than the reply.
 */
export class ToldTopic {
  readonly #deps: ToldTopicDeps

  constructor(deps: ToldTopicDeps) {
    this.#deps = deps
  }

  /**
   * Joins for who may. `attached` is called in the turn of the reply, with the permission.
   * @throws JoinRefused, and the signal's reason
   */
  async join(
    join: Join<User>,
    {
      wish,
      payload,
      signal,
    }: { wish: Omit<JoinWish, 'userId' | 'since'>; payload: unknown; signal: AbortSignal },
    attached: (permission: JoinPermission) => void = () => undefined,
  ): Promise<Joined> {
    const since = readSince(payload)
    const permission = await this.#require({ userId: join.connection.state.id, since, ...wish })
    signal.throwIfAborted()
    return {
      response: () => {
        const response = this.#attach(join, permission, since)
        attached(permission)
        return response
      },
      attached: () => this.#deps.outcomes.deliver(join),
    }
  }

  /** A join has ended. */
  left(join: Join<User>): void {
    this.#deps.connections.leave(join)
    this.#deps.listeners.remove(join)
  }

  async #require(wish: JoinWish): Promise<JoinPermission> {
    try {
      return await this.#deps.joinRights.require(wish)
    } catch (error) {
      throw error instanceof RecadoError ? new JoinRefused(toErrorReply(error)) : error
    }
  }

  #attach(join: Join<User>, permission: JoinPermission, since: number | undefined): object {
    const { happenings, listeners, connections } = this.#deps
    this.#assertStillAllowed(join.connection.state, permission)
    const { position, hasMissed } = permission.start ?? { position: 0, hasMissed: true }
    const hasMissedMore = hasMissed || since === undefined || happenings.hasToldAfter(join.topic, position)
    connections.join(join, permission.serverId)
    listeners.add(join, happenings.position)
    return { position: happenings.position, recovered: !hasMissedMore }
  }

  #assertStillAllowed(user: User, { serverId, position }: JoinPermission): void {
    if (serverId === '') return
    try {
      const place = { serverId, channelId: '', user }
      const lost = this.#deps.rightsLog.since(position)
      // Roles and overrides decide about channels: a member stays one.
      if (!lost.some((each) => each.$case !== 'rightsChanged' && isLostBy(each, place))) return
    } catch (error) {
      throw new JoinRefused(toErrorReply(error))
    }
    throw new JoinRefused(toErrorReply(new RecadoError('not_found', 'There is no such server for you.')))
  }
}

/** The position that a client shows; whatever else it shows is none. */
function readSince(payload: unknown): number | undefined {
  const since = (payload as { since?: unknown } | null)?.since
  return typeof since === 'number' && Number.isSafeInteger(since) && since >= 0 ? since : undefined
}
