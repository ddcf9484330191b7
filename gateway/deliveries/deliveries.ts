import type {
  ChannelActivity,
  DeliveriesServiceClient,
  StreamDeliveriesResponse,
} from '../../gen/recado/v1/deliveries_service.js'
import type { ChannelHead } from '../../gen/recado/internal/v1/core_service.js'
import type { Head } from '../../gen/recado/v1/types.js'
import type { GrpcClients } from '../../lib/grpc/client.js'
import type { Log } from '../../lib/log.js'
import type { CoreClients } from '../core-clients.js'
import type { Attempts } from '../sending/attempts.js'
import { CATCH_UP_MS, ChannelFeed, type EventPage, type FeedSubscriber } from './channel-feed.js'
import { ConsumerStreams } from './consumer-streams.js'
import { HeadWatch } from './head-watch.js'
import { HeldBudget } from './held-budget.js'
import { Interest } from './interest.js'
import { Repairer } from './repairer.js'

/** What deliveries work with. */
export type DeliveriesOptions<S extends FeedSubscriber> = {
  consumers: GrpcClients<DeliveriesServiceClient>
  history: Pick<CoreClients['history'], 'call'>
  core: Pick<CoreClients['core'], 'call'>
  attempts: Pick<Attempts, 'settle' | 'settleByEvent' | 'suspect'>
  /** This gateway, as the messages that it publishes name it. */
  origin: string
  /** Messages were stored in these channels; while a stream was lost, nobody said so. */
  onActivity(activity: ChannelActivity[]): void
  onActivityLost(): void
  /** Makes the subscriber of a channel that is followed from now on. */
  createSubscriber(channelId: string): S
  log: Log
}

/** A channel that somebody on this gateway follows. */
export type Followed<S> = {
  readonly feed: ChannelFeed
  readonly subscriber: S
  /** Resolves when the interest is in force. */
  readonly inForce: Promise<void>
}

type Entry<S> = Followed<S> & {
  followers: number
  /** The head is being read, to learn which epoch is in force. */
  confirming: Promise<void> | undefined
}

/** Events that are asked for at a time; core bounds a page in bytes too. */
const PAGE = 1_000

/**
 * What comes from the consumers: a stream to each, and the feed of every channel that this gateway follows. What a stream loses is
 * found by comparing heads and read from history.
 */
export class Deliveries<S extends FeedSubscriber> {
  readonly #options: DeliveriesOptions<S>
  readonly #streams: ConsumerStreams
  readonly #interest = new Interest(() => this.#streams.all())
  readonly #followed = new Map<string, Entry<S>>()
  readonly #held = new HeldBudget()
  readonly #repairer: Repairer
  readonly #watch: HeadWatch
  #isPaused = false

  constructor(options: DeliveriesOptions<S>) {
    const { origin, attempts, log } = options
    this.#options = options
    this.#repairer = new Repairer({ read: (channelId, since) => this.#readEvents(channelId, since), log })
    this.#watch = new HeadWatch({
      channels: () => this.#followed.keys(),
      readHeads: (channelIds) => this.#readHeads(channelIds),
      compare: (heads) => this.#compare(heads),
      log,
    })
    this.#streams = new ConsumerStreams({
      origin,
      interest: () => this.#interest.channels(),
      onFrame: (frame) => this.#receive(frame),
      onInForce: () => {
        this.#watch.soon()
        options.onActivityLost()
      },
      onLost: () => {
        attempts.suspect()
        this.#watch.soon()
        options.onActivityLost()
      },
      log,
    })
  }

  /** Whether at least one consumer is heard. */
  get isLive(): boolean {
    return this.#streams.isLive
  }

  /** How many channels are followed. */
  get size(): number {
    return this.#followed.size
  }

  /** How many channels are behind and being read. */
  get repairs(): number {
    return this.#repairer.size
  }

  /** Opens the streams. */
  start(): void {
    const { consumers } = this.#options
    for (const client of consumers.all)
      this.#streams.add(client.getChannel().getTarget(), () => client.streamDeliveries(consumers.metadata()))
    this.#watch.start()
  }

  /** Ends the streams. */
  stop(): void {
    this.#watch.stop()
    this.#streams.close()
    this.#repairer.stop()
    for (const { feed } of this.#followed.values()) feed.close()
  }

  /** Hands nothing over until {@link resume}, which reads what came meanwhile. Outcomes go on. */
  pause(): void {
    this.#isPaused = true
    this.#repairer.pause()
  }

  /** Goes on. */
  resume(): void {
    this.#isPaused = false
    this.#repairer.resume()
    this.#options.onActivityLost()
  }

  /** Follows a channel; each call is undone by one of {@link unfollow}. */
  follow(channelId: string): Followed<S> {
    const entry = this.#followed.get(channelId) ?? this.#begin(channelId)
    entry.followers++
    return entry
  }

  /**
   * Resolves when the channel is delivered up to a head that was read after its interest was in force; the first such head is where it
   * begins. Where the epochs differ, the head is read anew, and what it says holds.
   * @throws the signal's reason, and what reading the head throws
   */
  async reach(channelId: string, head: Head, signal: AbortSignal): Promise<void> {
    const entry = this.#followed.get(channelId)
    if (!entry) return
    const { feed } = entry
    feed.begin(head)
    if (feed.head?.epoch !== head.epoch) await this.#confirmEpoch(entry)
    signal.throwIfAborted()
    if (feed.head?.epoch === head.epoch) await feed.reach(head.seq, signal)
  }

  /** Undoes one {@link follow}; the last one ends the channel's interest and its position. */
  unfollow(channelId: string): void {
    const entry = this.#followed.get(channelId)
    if (!entry || --entry.followers > 0) return
    entry.feed.close()
    this.#followed.delete(channelId)
    this.#interest.remove(channelId)
  }

  #begin(channelId: string): Entry<S> {
    const { createSubscriber, attempts } = this.#options
    const subscriber = createSubscriber(channelId)
    const feed = new ChannelFeed({
      channelId,
      subscriber,
      held: this.#held,
      onEvent: (event) => attempts.settleByEvent(event),
      onBehind: (behind, withinMs) => this.#repairer.want(behind, withinMs),
      onForeignEpoch: () => void this.#confirmEpoch(entry).catch(() => this.#watch.soon()),
    })
    const inForce = this.#interest.add(channelId)
    const entry: Entry<S> = { feed, subscriber, inForce, followers: 0, confirming: undefined }
    this.#followed.set(channelId, entry)
    return entry
  }

  #receive({ events, outcomes, activity }: StreamDeliveriesResponse): void {
    if (activity.length > 0 && !this.#isPaused) this.#options.onActivity(activity)
    for (const event of events) {
      const feed = this.#followed.get(event.channelId)?.feed
      if (this.#isPaused) feed?.expect(event.seq, 0)
      else feed?.receive(event)
    }
    for (const outcome of outcomes) this.#options.attempts.settle(outcome)
  }

  #readEvents(channelId: string, since: number): Promise<EventPage> {
    // Whatever the epoch: the answer names it.
    const asked = { channelId, since, limit: PAGE, epoch: undefined }
    return this.#options.history.call((client) => client.listEvents, asked)
  }

  async #readHeads(channelIds: string[]): Promise<ChannelHead[]> {
    const { heads } = await this.#options.core.call((client) => client.listHeads, { channelIds })
    return heads
  }

  /** A channel is behind if a second later it has not reached the head that was read. */
  #compare(heads: readonly ChannelHead[]): void {
    for (const { channelId, head } of heads) {
      const entry = this.#followed.get(channelId)
      if (!entry?.feed.head || !head) continue
      if (entry.feed.head.epoch === head.epoch) entry.feed.expect(head.seq, CATCH_UP_MS)
      else this.#confirmEpoch(entry).catch(() => this.#watch.soon())
    }
  }

  /** Reads the head again, for one of two that differ is older; a new epoch begins there. */
  #confirmEpoch(entry: Entry<S>): Promise<void> {
    entry.confirming ??= this.#readHeads([entry.feed.channelId])
      .then(([read]) => {
        const { feed } = entry
        if (read?.head && feed.head && feed.head.epoch !== read.head.epoch) feed.restart(read.head)
      })
      .finally(() => {
        entry.confirming = undefined
      })
    return entry.confirming
  }
}
