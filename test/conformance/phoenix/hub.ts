import type { Join } from '../../../gateway/phoenix/handler.js'
import { Broadcast } from '../../../gateway/phoenix/wire/broadcast.js'

/** Who has joined what, and fan-out to them. */
export class Hub<C> {
  readonly #members = new Map<string, Set<Join<C>>>()

  add(context: Join<C>): void {
    this.members(context.topic).add(context)
  }

  remove(context: Join<C>): void {
    this.members(context.topic).delete(context)
  }

  members(topic: string): Set<Join<C>> {
    const members = this.#members.get(topic) ?? new Set()
    this.#members.set(topic, members)
    return members
  }

  broadcast(topic: string, event: string, payload: object, except?: Join<C>): void {
    const broadcast = new Broadcast(
      topic,
      event,
      payload instanceof Uint8Array ? payload : JSON.stringify(payload),
    )
    for (const member of this.members(topic)) if (member !== except) member.connection.deliver(broadcast)
  }
}
