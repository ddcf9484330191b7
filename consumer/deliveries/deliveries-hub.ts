import type { EncodedEvent } from '../../contract/events.js'
import { Activity } from './activity.js'
import type { Outcome } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'

/** Whoever reads deliveries: one stream of a gateway or of an internal service. */
export interface Subscriber {
  /** Whose outcomes it hears; empty for none. */
  readonly origin: string
  /** Hands over what is for this subscriber; never waits. */
  deliver(events: EncodedEvent[], outcomes: Outcome[]): void
  /** Ends it with the reason; the reader reads on from the log and comes back. */
  end(error: RecadoError): void
}

/** Who is interested in which channel. */
export class DeliveriesHub {
  /** Where messages are stored, for those who want to know of all channels. */
  readonly activity = new Activity()
  readonly #byChannel = new Map<string, Set<Subscriber>>()
  readonly #byOrigin = new Map<string, Subscriber>()
  readonly #interests = new Map<Subscriber, Set<string>>()

  /** Lets a subscriber in, without interest yet. A later one of the same origin takes its outcomes over. */
  add(subscriber: Subscriber): void {
    this.#interests.set(subscriber, new Set())
    if (subscriber.origin) this.#byOrigin.set(subscriber.origin, subscriber)
  }

  /** Changes what a subscriber is interested in, in force for every later {@link publish}. */
  change(subscriber: Subscriber, add: readonly string[], remove: readonly string[]): void {
    const interest = this.#interests.get(subscriber)
    if (!interest) return
    for (const channelId of add) {
      interest.add(channelId)
      const subscribers = this.#byChannel.get(channelId)
      if (subscribers) subscribers.add(subscriber)
      else this.#byChannel.set(channelId, new Set([subscriber]))
    }
    for (const channelId of remove) {
      interest.delete(channelId)
      this.#leave(subscriber, channelId)
    }
  }

  /** Forgets a subscriber. */
  remove(subscriber: Subscriber): void {
    for (const channelId of this.#interests.get(subscriber) ?? []) this.#leave(subscriber, channelId)
    this.#interests.delete(subscriber)
    this.activity.remove(subscriber)
    if (this.#byOrigin.get(subscriber.origin) === subscriber) this.#byOrigin.delete(subscriber.origin)
  }

  /** Hands a batch out: one call of `deliver` for each subscriber that it concerns. */
  publish(events: readonly EncodedEvent[], outcomes: ReadonlyMap<string, Outcome[]>): void {
    const frames = new Map<Subscriber, { events: EncodedEvent[]; outcomes: Outcome[] }>()
    const frameOf = (subscriber: Subscriber) => {
      const frame = frames.get(subscriber) ?? { events: [], outcomes: [] }
      frames.set(subscriber, frame)
      return frame
    }
    this.activity.note(events)
    for (const event of events) {
      for (const subscriber of this.#byChannel.get(event.event.channelId) ?? [])
        frameOf(subscriber).events.push(event)
    }
    for (const [origin, list] of outcomes) {
      const subscriber = this.#byOrigin.get(origin)
      if (subscriber) frameOf(subscriber).outcomes = list
    }
    for (const [subscriber, frame] of frames) handOver(subscriber, frame.events, frame.outcomes)
  }

  #leave(subscriber: Subscriber, channelId: string): void {
    const subscribers = this.#byChannel.get(channelId)
    if (subscribers?.delete(subscriber) && subscribers.size === 0) this.#byChannel.delete(channelId)
  }
}

/** A reader that fails is sent away alone: the others hear of the batch, and it is done. */
function handOver(subscriber: Subscriber, events: EncodedEvent[], outcomes: Outcome[]): void {
  try {
    subscriber.deliver(events, outcomes)
  } catch (cause) {
    subscriber.end(new RecadoError('internal', 'Deliveries could not be handed over.', { cause }))
  }
}
