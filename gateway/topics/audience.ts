import type { Event } from '../../gen/recado/v1/types.js'
import type { Connections } from '../connections/connections.js'
import type { FeedSubscriber } from '../deliveries/channel-feed.js'
import { toMessageText } from '../message-json.js'
import { Broadcast } from '../phoenix/wire/broadcast.js'

/** Everybody on this gateway who has joined one channel. An event is encoded once, however many they are. */
export class Audience implements FeedSubscriber {
  readonly #topic: string
  readonly #connections: Connections

  constructor(channelId: string, connections: Connections) {
    this.#topic = `channel:${channelId}`
    this.#connections = connections
  }

  receive(event: Event): void {
    const joins = this.#connections.topic(this.#topic)?.joins
    const broadcast = joins && toBroadcast(this.#topic, event)
    if (broadcast) for (const connection of joins.keys()) connection.deliver(broadcast)
  }

  /** The channel's sequence began anew: everybody joins again. */
  reset(): void {
    const joins = this.#connections.topic(this.#topic)?.joins.values() ?? []
    for (const join of [...joins]) join.crash()
  }
}

function toBroadcast(topic: string, { what }: Event): Broadcast | undefined {
  if (what?.$case !== 'message') return undefined
  return new Broadcast(topic, 'message:new', toMessageText(what.value))
}
