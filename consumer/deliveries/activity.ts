import type { EncodedEvent } from '../../contract/events.js'
import type { ChannelActivity } from '../../gen/recado/v1/deliveries_service.js'
import { encodeActivity } from './frames.js'

/** Whoever wants to know where messages are stored. */
export interface ActivityReader {
  /** Hands over what was active in the last second; never waits. */
  tellActivity(frames: readonly Buffer[]): void
}

/** How long activity is gathered, in milliseconds. */
const EVERY_MS = 1_000

/**
 * Where messages were stored, gathered for a second: each channel once, whatever was stored there. It costs what was active, however
 * many channels there are.
 */
export class Activity {
  readonly #readers = new Set<ActivityReader>()
  #channels = new Map<string, ChannelActivity>()
  #timer: NodeJS.Timeout | undefined

  /** Lets a reader in. */
  add(reader: ActivityReader): void {
    this.#readers.add(reader)
  }

  /** Forgets a reader; nothing for one who is none. */
  remove(reader: unknown): void {
    this.#readers.delete(reader as ActivityReader)
  }

  /** Notes what was stored. */
  note(events: readonly EncodedEvent[]): void {
    if (this.#readers.size === 0) return
    for (const { event } of events) {
      if (event.what?.$case !== 'message') continue
      const { channelId, seq, count } = event
      const { serverId = '', senderId: userId } = event.what.value
      const channel = this.#channels.get(channelId)
      if (!channel)
        this.#channels.set(channelId, { channelId, serverId, seq, count, senders: [{ userId, seq }] })
      else if (seq > channel.seq) {
        Object.assign(channel, { seq, count })
        const sender = channel.senders.find((each) => each.userId === userId)
        if (sender) sender.seq = seq
        else channel.senders.push({ userId, seq })
      }
    }
    if (this.#channels.size > 0) this.#timer ??= setTimeout(() => this.flush(), EVERY_MS).unref()
  }

  /** Tells what was gathered. Called by its own timer. */
  flush(): void {
    this.#timer = undefined
    const frames = encodeActivity([...this.#channels.values()])
    this.#channels = new Map()
    for (const reader of this.#readers) reader.tellActivity(frames)
  }
}
