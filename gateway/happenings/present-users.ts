import type { User } from '../connections/user.js'
import type { Join } from '../phoenix/handler.js'

type Present = { joins: Set<Join<User>>; serverIds: Set<string> }

const nobody: ReadonlySet<string> = new Set()

/** The users who have joined their own topic on this gateway, and which servers they are members of. */
export class PresentUsers {
  readonly #users = new Map<string, Present>()
  readonly #byServer = new Map<string, Set<string>>()

  /** How many are here. */
  get size(): number {
    return this.#users.size
  }

  /** A user has joined their own topic; `serverIds` are all their servers now. */
  add(join: Join<User>, serverIds: readonly string[]): void {
    const { id } = join.connection.state
    const known = this.#users.get(id)
    if (known) known.joins.add(join)
    else this.#users.set(id, { joins: new Set([join]), serverIds: new Set() })
    for (const serverId of serverIds) this.enter(id, serverId)
  }

  /** A join of one's own topic has ended. */
  remove(join: Join<User>): void {
    const { id } = join.connection.state
    const user = this.#users.get(id)
    if (!user?.joins.delete(join) || user.joins.size > 0) return
    for (const serverId of [...user.serverIds]) this.leave(id, serverId)
    this.#users.delete(id)
  }

  /** A user has become a member of a server; nothing for one who is not here. */
  enter(userId: string, serverId: string): void {
    const user = this.#users.get(userId)
    if (!user || user.serverIds.has(serverId)) return
    user.serverIds.add(serverId)
    const members = this.#byServer.get(serverId)
    if (members) members.add(userId)
    else this.#byServer.set(serverId, new Set([userId]))
  }

  /** A user is no longer a member of a server; whether they were one, as far as is known here. */
  leave(userId: string, serverId: string): boolean {
    const wasMember = this.#users.get(userId)?.serverIds.delete(serverId) ?? false
    const members = this.#byServer.get(serverId)
    if (members?.delete(userId) && members.size === 0) this.#byServer.delete(serverId)
    return wasMember
  }

  /** Whether a user is here. */
  has(userId: string): boolean {
    return this.#users.has(userId)
  }

  /** The members of a server who are here. */
  membersOf(serverId: string): ReadonlySet<string> {
    return this.#byServer.get(serverId) ?? nobody
  }

  /** The joins of a user's own topic. */
  joinsOf(userId: string): Iterable<Join<User>> {
    return this.#users.get(userId)?.joins ?? []
  }

  /** All joins of all users. */
  *joins(): Iterable<Join<User>> {
    for (const { joins } of this.#users.values()) yield* joins
  }
}
