import type { Revocation } from '../../gen/recado/internal/v1/core_service.js'
import { isId } from '../../contract/ids.js'
import { RecadoError } from '../../lib/errors.js'
import type { CoreClients } from '../core-clients.js'
import { toErrorReply } from '../errors.js'
import {
  JoinRefused,
  RefusedConnection,
  type Join,
  type TopicHandler,
  type Connection,
  type ConnectParams,
  type Joined,
  type SocketHandler,
} from '../phoenix/handler.js'
import { closeCodes } from '../phoenix/wire/close-codes.js'
import { ChannelTopic, type ChannelTopicDeps } from '../topics/channel-topic.js'
import { isLostBy } from './lost-rights.js'
import type { User } from './user.js'

/** What the socket works with. */
export type UserSocketDeps = ChannelTopicDeps & { users: CoreClients['users'] }

/** The chat on the Phoenix protocol: who may connect, which topics there are, and who has to go. */
export class UserSocket implements SocketHandler<User> {
  readonly #deps: UserSocketDeps
  readonly #connections = new Set<Connection<User>>()

  constructor(deps: UserSocketDeps) {
    this.#deps = deps
  }

  async connect({ token }: ConnectParams): Promise<User> {
    if (!token)
      throw new RefusedConnection(403, 'Show the token of a session: the parameter `token`, or `authToken`.')
    try {
      const { userId, sessionId, position } = await this.#deps.users.call((client) => client.verifySession, {
        token,
      })
      return { id: userId, sessionId, position }
    } catch (error) {
      if (error instanceof RecadoError && error.code === 'unauthenticated')
        throw new RefusedConnection(403, error.message)
      throw new RefusedConnection(503, 'Your session cannot be checked just now. Connect again.', 1_000)
    }
  }

  opened(connection: Connection<User>): void {
    this.#connections.add(connection)
    const { sessionId, position } = connection.state
    const hasEnded = this.#deps.revocations
      .since(position)
      .some((lost) => lost.$case === 'signedOut' && lost.value.sessionId === sessionId)
    if (hasEnded) connection.close(closeCodes.goingAway, 'signed out')
  }

  closed(connection: Connection<User>): void {
    this.#connections.delete(connection)
  }

  topic(topic: string): TopicHandler<User> | undefined {
    if (topic.startsWith('channel:') && isId(topic.slice('channel:'.length))) {
      return new ChannelTopic(topic.slice('channel:'.length), this.#deps)
    }
    return topic.startsWith('server:') || topic.startsWith('user:') ? unimplementedTopic : undefined
  }

  /** Takes a lost right away from those who are connected. */
  revoke(lost: NonNullable<Revocation['lost']>): void {
    if (lost.$case === 'signedOut') {
      for (const connection of this.#connections) {
        if (connection.state.sessionId === lost.value.sessionId)
          connection.close(closeCodes.goingAway, 'signed out')
      }
      return
    }
    for (const context of this.#contexts(lost)) context.close()
  }

  #contexts(lost: NonNullable<Revocation['lost']>): Join<User>[] {
    return [...this.#deps.deliveries.followed()].flatMap(({ feed, subscriber }) =>
      [...subscriber.members()]
        .filter(([context, serverId]) =>
          isLostBy(lost, { channelId: feed.channelId, serverId, user: context.connection.state }),
        )
        .map(([context]) => context),
    )
  }
}

const unimplementedTopic: TopicHandler<User> = {
  join: (): Promise<Joined> => {
    const error = new RecadoError(
      'unimplemented',
      'This server does not serve this kind of topic yet. Join `channel:<id>`.',
    )
    return Promise.reject(new JoinRefused(toErrorReply(error)))
  },
  push: () => undefined,
}
