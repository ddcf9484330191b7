import type {
  DeliveriesServiceClient,
  StreamDeliveriesResponse,
} from '../../gen/recado/v1/deliveries_service.js'
import type { ChannelHead } from '../../gen/recado/internal/v1/core_service.js'
import type { Event } from '../../gen/recado/v1/types.js'
import type { GrpcClients } from '../../lib/grpc/client.js'
import type { Log } from '../../lib/log.js'
import type { CoreClients } from '../core-clients.js'
import type { Attempts } from '../sending/attempts.js'
import { CATCH_UP_MS, ChannelFeed, type FeedSubscriber } from './channel-feed.js'
import { ConsumerStream } from './consumer-stream.js'
import { HeadWatch } from './head-watch.js'
import { Interest } from './interest.js'

/** What deliveries work with. */
export type DeliveriesOptions<S extends FeedSubscriber> = {
  consumers: GrpcClients<DeliveriesServiceClient>
  history: CoreClients['history']
  core: CoreClients['core']
  attempts: Attempts
  /** This gateway, as the messages that it publishes name it. */
  origin: string
  /** Makes the subscriber of a channel that is followed from now on. */
  createSubscriber(channelId: string): S & { reset(): void }
  log: Log
}

/** A channel that somebody on this gateway follows. */
export type Followed<S> = {
  readonly feed: ChannelFeed
  readonly subscriber: S
  /** Resolves when the interest is in force. */
  readonly inForce: Promise<void>
}

type Entry<S> = Followed<S> & { followers: number }

/**
 * What comes from the consumers: a stream to each, and the feed of every channel that this gateway follows. What a stream loses is
 * found by comparing heads and read from history.
 */
export class Deliveries<S extends FeedSubscriber> {
  readonly #options: DeliveriesOptions<S>
  readonly #interest = new Interest()
  readonly #streams: readonly ConsumerStream[]
  readonly #followed = new Map<string, Entry<S & { reset(): void }>>()
  readonly #watch: HeadWatch

  constructor(options: DeliveriesOptions<S>) {
    const { consumers, origin, attempts, log } = options
    this.#options = options
    this.#watch = new HeadWatch({
      channels: () => this.#followed.keys(),
      readHeads: (channelIds) => this.#readHeads(channelIds),
      compare: (heads) => this.#compare(heads),
      log,
    })
    this.#streams = consumers.all.map(
      (client) =>
        new ConsumerStream({
          open: () => client.streamDeliveries(consumers.metadata()),
          origin,
          interest: () => this.#interest.channels(),
          onFrame: (frame) => this.#receive(frame),
          onInForce: () => this.#watch.soon(),
          onLost: () => {
            attempts.suspect()
            this.#watch.soon()
          },
          log,
        }),
    )
    this.#interest.connect(this.#streams)
  }

  /** Whether at least one consumer is heard. */
  get isLive(): boolean {
    return this.#streams.some((stream) => stream.isLive)
  }

  /** How many channels are followed. */
  get size(): number {
    return this.#followed.size
  }

  /** Opens the streams. */
  start(): void {
    for (const stream of this.#streams) stream.open()
    this.#watch.start()
  }

  /** Ends the streams. */
  stop(): void {
    this.#watch.stop()
    for (const stream of this.#streams) stream.close()
    for (const { feed } of this.#followed.values()) feed.close()
  }

  /** Follows a channel; each call is undone by one of {@link unfollow}. */
  follow(channelId: string): Followed<S> {
    const known = this.#followed.get(channelId)
    if (known) {
      known.followers++
      return known
    }
    const { createSubscriber, attempts, log } = this.#options
    const subscriber = createSubscriber(channelId)
    const feed = new ChannelFeed({
      channelId,
      read: (id, since, limit) => this.#readEvents(id, since, limit),
      onEvent: (event) => attempts.settleByEvent(event),
      subscriber,
      log,
    })
    const entry = { feed, subscriber, inForce: this.#interest.add(channelId), followers: 1 }
    this.#followed.set(channelId, entry)
    return entry
  }

  /** The channel if it is followed. */
  find(channelId: string): Followed<S> | undefined {
    return this.#followed.get(channelId)
  }

  /** Every channel that is followed now. */
  followed(): Iterable<Followed<S>> {
    return this.#followed.values()
  }

  /** Undoes one {@link follow}; the last one ends the channel's interest and its position. */
  unfollow(channelId: string): void {
    const entry = this.#followed.get(channelId)
    if (!entry || --entry.followers > 0) return
    entry.feed.close()
    this.#followed.delete(channelId)
    this.#interest.remove(channelId)
  }

  #receive(frame: StreamDeliveriesResponse): void {
    for (const event of frame.events) this.#followed.get(event.channelId)?.feed.receive(event)
    for (const outcome of frame.outcomes) this.#options.attempts.settle(outcome)
  }

  async #readEvents(
    channelId: string,
    since: number,
    limit: number,
  ): Promise<{ events: Event[]; head: ChannelHead['head'] }> {
    return this.#options.history.call((client) => client.listEvents, {
      channelId,
      since,
      limit,
      epoch: undefined,
    })
  }

  async #readHeads(channelIds: string[]): Promise<ChannelHead[]> {
    const { heads } = await this.#options.core.call((client) => client.listHeads, { channelIds })
    return heads
  }

  /** A channel is behind if a second later it has not reached the head that was read. */
  async #compare(heads: readonly ChannelHead[]): Promise<void> {
    const behind = heads.filter(({ channelId, head }) => head && this.#isBehind(channelId, head))
    if (behind.length === 0) return
    await new Promise((resolve) => setTimeout(resolve, CATCH_UP_MS))
    for (const { channelId, head } of behind) {
      const feed = this.#followed.get(channelId)?.feed
      if (feed && head && feed.isBehind(head.seq)) await feed.repair(head.seq)
    }
  }

  #isBehind(channelId: string, head: { epoch: string; seq: number }): boolean {
    const entry = this.#followed.get(channelId)
    if (!entry?.feed.head) return false
    if (entry.feed.head.epoch !== head.epoch) {
      entry.subscriber.reset()
      return false
    }
    return entry.feed.isBehind(head.seq)
  }
}
