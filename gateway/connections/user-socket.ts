import type { Log } from '../../lib/log.js'
import { Outage } from '../../lib/outage.js'
import {
  RefusedConnection,
  type Connection,
  type ConnectParams,
  type SocketHandler,
  type TopicHandler,
} from '../phoenix/handler.js'
import { closeCodes } from '../phoenix/wire/close-codes.js'
import type { Connections } from './connections.js'
import type { RightsLog } from './rights-log.js'
import { SessionEnds } from './session-ends.js'
import type { User } from './user.js'

/** What the socket works with. */
export type UserSocketDeps = {
  connections: Connections
  rightsLog: Pick<RightsLog, 'since'>
  /** Tells whose token it is; undefined for one that is nobody's. */
  verify(token: string): Promise<User | undefined>
  /** The handler of a topic; undefined for one that is not served. */
  topic(name: string): TopicHandler<User> | undefined
  /** A connection is gone. */
  onClosed(connection: Connection<User>): void
  limits?: Partial<ConnectionLimits>
  log: Log
}

/** How many connections one may have on this gateway; 0: no limit. */
export type ConnectionLimits = {
  /** Of a user. Default 1,000. */
  perUser: number
  /** From an address. Default 10,000. */
  perAddress: number
}

const defaultLimits: ConnectionLimits = { perUser: 1_000, perAddress: 10_000 }

/** How long a client that is over a limit may wait before it tries again, in milliseconds. */
const RETRY_AFTER_MS = 10_000

/** The chat on the Phoenix protocol: who may connect, and for how long. */
export class UserSocket implements SocketHandler<User> {
  readonly #deps: UserSocketDeps
  readonly #limits: ConnectionLimits
  readonly #outage: Outage
  readonly #sessionEnds = new SessionEnds<Connection<User>>((connection) =>
    connection.close(closeCodes.goingAway, 'session expired'),
  )

  constructor(deps: UserSocketDeps) {
    this.#deps = deps
    this.#outage = new Outage({ log: deps.log, name: 'the check of sessions (core)' })
    this.#limits = { ...defaultLimits, ...deps.limits }
  }

  async connect({ token, remoteAddress }: ConnectParams): Promise<User> {
    if (!token)
      throw new RefusedConnection(403, 'Show the token of a session: the parameter `token`, or `authToken`.')
    const { connections } = this.#deps
    if (isFull(connections.ofAddress(remoteAddress).size, this.#limits.perAddress))
      throw new RefusedConnection(429, 'Too many connections come from your address.', RETRY_AFTER_MS)
    const user = await this.#verify(token)
    if (!user) throw new RefusedConnection(403, 'The token is wrong, expired or signed out: sign in again.')
    if (isFull(connections.ofUser(user.id).size, this.#limits.perUser))
      throw new RefusedConnection(429, 'You have too many connections.', RETRY_AFTER_MS)
    return user
  }

  opened(connection: Connection<User>): void {
    const { connections } = this.#deps
    const { id, endsAt } = connection.state
    connections.add(connection)
    this.#sessionEnds.add(connection, endsAt)
    // Many may have been let in at the same time.
    if (isOver(connections.ofUser(id).size, this.#limits.perUser))
      return connection.close(closeCodes.overloaded, 'too many connections')
    this.#closeIfEnded(connection)
  }

  closed(connection: Connection<User>): void {
    this.#deps.connections.remove(connection)
    this.#sessionEnds.remove(connection, connection.state.endsAt)
    this.#deps.onClosed(connection)
  }

  topic(name: string): TopicHandler<User> | undefined {
    return this.#deps.topic(name)
  }

  async #verify(token: string): Promise<User | undefined> {
    try {
      const user = await this.#deps.verify(token)
      this.#outage.ended()
      return user
    } catch (error) {
      this.#outage.failed(error)
      throw new RefusedConnection(503, 'Your session cannot be checked just now. Connect again.', 1_000)
    }
  }

  /** What was read of the log while the connection was being made has been applied to those who were connected then. */
  #closeIfEnded(connection: Connection<User>): void {
    const { sessionId, position } = connection.state
    try {
      const lost = this.#deps.rightsLog.since(position)
      if (lost.some((each) => each.$case === 'signedOut' && each.value.sessionId === sessionId))
        connection.close(closeCodes.goingAway, 'signed out')
    } catch {
      // Its check is older than what is known of the log: the next one is not.
      connection.close(closeCodes.restart, 'connect again')
    }
  }
}

/** Whether there is no room for one more. */
function isFull(size: number, limit: number): boolean {
  return limit > 0 && size >= limit
}

function isOver(size: number, limit: number): boolean {
  return limit > 0 && size > limit
}
