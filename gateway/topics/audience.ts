import type { Event } from '../../gen/recado/v1/types.js'
import type { FeedSubscriber } from '../deliveries/channel-feed.js'
import { toMessageJson } from '../message-json.js'
import type { Join } from '../phoenix/handler.js'
import { Broadcast } from '../phoenix/wire/broadcast.js'
import type { User } from '../connections/user.js'

/** Everybody on this gateway who has joined one channel. An event is encoded once, however many they are. */
export class Audience implements FeedSubscriber {
  readonly #topic: string
  /** Each join with the channel's server. */
  readonly #members = new Map<Join<User>, string>()

  constructor(channelId: string) {
    this.#topic = `channel:${channelId}`
  }

  /** Who has joined, with the channel's server (empty for a direct). */
  members(): Iterable<[Join<User>, string]> {
    return this.#members
  }

  /** Lets a join in: it gets every later event. */
  add(context: Join<User>, serverId: string): void {
    this.#members.set(context, serverId)
  }

  /** Lets a join go. */
  remove(context: Join<User>): void {
    this.#members.delete(context)
  }

  receive(event: Event): void {
    const broadcast = toBroadcast(this.#topic, event)
    if (broadcast) for (const { connection } of this.#members.keys()) connection.deliver(broadcast)
  }

  /** The channel's sequence began anew: everybody joins again. */
  reset(): void {
    for (const context of [...this.#members.keys()]) context.crash()
  }
}

function toBroadcast(topic: string, { what }: Event): Broadcast | undefined {
  if (what?.$case !== 'message') return undefined
  return new Broadcast(topic, 'message:new', JSON.stringify(toMessageJson(what.value)))
}
