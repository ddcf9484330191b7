import type { User } from '../connections/user.js'
import type { Join } from '../phoenix/handler.js'

/** Those on this gateway who have joined `server:` and `user:` topics, with the position behind which each began to listen. */
export class Listeners {
  readonly #byTopic = new Map<string, Map<Join<User>, number>>()

  /** A join hears what comes after this position. */
  add(join: Join<User>, position: number): void {
    const joins = this.#byTopic.get(join.topic)
    if (joins) joins.set(join, position)
    else this.#byTopic.set(join.topic, new Map([[join, position]]))
  }

  /** A join has ended. */
  remove(join: Join<User>): void {
    const joins = this.#byTopic.get(join.topic)
    if (joins?.delete(join) && joins.size === 0) this.#byTopic.delete(join.topic)
  }

  /** Who listens to a topic and began before this position. */
  of(topic: string, position: number = Infinity): Join<User>[] {
    const joins = this.#byTopic.get(topic)
    if (!joins) return []
    return [...joins].flatMap(([join, began]) => (began < position ? [join] : []))
  }

  /** Ends them all as broken: clients join again, and are told that they have missed something. */
  crashAll(): void {
    for (const joins of [...this.#byTopic.values()]) for (const join of [...joins.keys()]) join.crash()
  }
}
