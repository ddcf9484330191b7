import type { Connections } from '../connections/connections.js'
import type { User } from '../connections/user.js'
import type { Connection, Join } from '../phoenix/handler.js'

type Letter = { topic: string; event: string; payload: object }

/** Outcomes that are kept for a connection between two joins of a topic; of more the oldest are dropped. */
const MAX_KEPT = 200

/**
 * Brings outcomes to the connection that sent, on the topic that it sent on: to its present join, which may be a later one, and where
 * it is just between two joins behind the reply of the next.
 */
export class OutcomePost {
  readonly #connections: Connections
  readonly #kept = new Map<Connection<User>, Letter[]>()

  constructor(connections: Connections) {
    this.#connections = connections
  }

  /** Pushes an outcome, now or behind the next join. Whoever is gone gets nothing. */
  send(connection: Connection<User>, letter: Letter): void {
    const join = this.#connections.topic(letter.topic)?.joins.get(connection)
    if (join) join.push(letter.event, letter.payload)
    else if (this.#connections.has(connection)) this.#keep(connection, letter)
  }

  /** Pushes what was kept for a topic: a join of it has been answered. */
  deliver(join: Join<User>): void {
    const kept = this.#kept.get(join.connection)
    if (!kept) return
    const others = kept.filter(({ topic }) => topic !== join.topic)
    if (others.length > 0) this.#kept.set(join.connection, others)
    else this.#kept.delete(join.connection)
    for (const { topic, event, payload } of kept) if (topic === join.topic) join.push(event, payload)
  }

  /** Forgets a connection. */
  forget(connection: Connection<User>): void {
    this.#kept.delete(connection)
  }

  #keep(connection: Connection<User>, letter: Letter): void {
    const kept = this.#kept.get(connection) ?? []
    kept.push(letter)
    if (kept.length > MAX_KEPT) kept.shift()
    this.#kept.set(connection, kept)
  }
}
