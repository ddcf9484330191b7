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

/** What clients hear of an event; nothing of one whose kind is not known here. */
function toBroadcast(topic: string, { seq, what }: Event): Broadcast | undefined {
  switch (what?.$case) {
    case 'message':
      return new Broadcast(topic, 'message:new', toMessageText(what.value))
    case 'messageUpdated': {
      const text = `{"seq":${seq},"message":${toMessageText(what.value)}}`
      return new Broadcast(topic, 'message:updated', text)
    }
    case 'messageDeleted':
      return new Broadcast(topic, 'message:deleted', JSON.stringify({ seq, id: what.value.id }))
    case 'reactionAdded':
    case 'reactionRemoved': {
      const { id, userId, emoji } = what.value
      const event = what.$case === 'reactionAdded' ? 'reaction:added' : 'reaction:removed'
      return new Broadcast(topic, event, JSON.stringify({ seq, id, user_id: userId, emoji }))
    }
    case undefined:
      return undefined
  }
}
