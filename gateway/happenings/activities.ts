import { LRUCache } from 'lru-cache'
import type { ChannelActivity } from '../../gen/recado/v1/deliveries_service.js'
import type { Participants } from '../../gen/recado/internal/v1/core_service.js'
import type { Log } from '../../lib/log.js'
import { Outage } from '../../lib/outage.js'
import type { User } from '../connections/user.js'
import type { Join } from '../phoenix/handler.js'
import type { Connections } from '../connections/connections.js'
import { Broadcast } from '../phoenix/wire/broadcast.js'
import type { PresentUsers } from './present-users.js'
import type { ViewCache } from './view-cache.js'

/** What telling of activity works with. */
export type ActivitiesDeps = {
  connections: Connections
  presentUsers: PresentUsers
  views: Pick<ViewCache, 'viewersOf'>
  /** Asks core who is in directs; at most 1,000 at a time. */
  askParticipants(channelIds: string[]): Promise<Participants[]>
  log: Log
}

/** Directs whose participants are remembered: they never change. */
const MAX_DIRECTS = 100_000

/** Directs that are asked about at a time. */
const MAX_ASKED = 1_000

/** Those who are told at a time that they have missed something, and how long until the next, in milliseconds: they all read then. */
const LOST_PACE = { joins: 200, everyMs: 100 }

/**
 * Tells users where messages were stored, in channels that they may view and have not joined: unread marks without joining. What comes
 * while it is being told is gathered. Where core does not answer, or a stream was lost, users are told to read.
 */
export class Activities {
  readonly #deps: ActivitiesDeps
  readonly #outage: Outage
  readonly #participants = new LRUCache<string, readonly string[]>({ max: MAX_DIRECTS })
  readonly #stopping = new AbortController()
  #waiting = new Map<string, ChannelActivity>()
  #isTelling = false
  /** Those who are still to be told that something was lost, in the order of being told. */
  readonly #unaware = new Set<Join<User>>()
  #lost: NodeJS.Timeout | undefined

  constructor(deps: ActivitiesDeps) {
    this.#deps = deps
    this.#outage = new Outage({ log: deps.log, name: 'core, for activity' })
  }

  /** Takes what was active; of one channel the latest counts. Never waits. */
  receive(activity: readonly ChannelActivity[]): void {
    for (const channel of activity) {
      const known = this.#waiting.get(channel.channelId)
      if (known && known.seq > channel.seq) continue
      const senders = known ? [...known.senders, ...channel.senders] : channel.senders
      this.#waiting.set(channel.channelId, { ...channel, senders })
    }
    if (!this.#isTelling) void this.#tellAll()
  }

  /** Something was lost: everybody is told to read, not all at once. */
  lose(): void {
    for (const join of this.#deps.presentUsers.joins()) this.#unaware.add(join)
    if (this.#lost === undefined) this.#tellLost()
  }

  #tellLost(): void {
    let told = 0
    for (const join of this.#unaware) {
      if (++told > LOST_PACE.joins) break
      this.#unaware.delete(join)
      join.push('activity:lost', {})
    }
    this.#lost =
      this.#unaware.size > 0 ? setTimeout(() => this.#tellLost(), LOST_PACE.everyMs).unref() : undefined
  }

  /** Tells nothing more. */
  stop(): void {
    this.#stopping.abort()
    clearTimeout(this.#lost)
  }

  async #tellAll(): Promise<void> {
    this.#isTelling = true
    while (this.#waiting.size > 0 && !this.#stopping.signal.aborted) {
      const activity = [...this.#waiting.values()]
      this.#waiting = new Map()
      try {
        await this.#learnDirects(activity)
        for (const channel of activity) this.#tell(channel, await this.#audienceOf(channel))
        this.#outage.ended()
      } catch (error) {
        this.#outage.failed(error)
        this.lose()
      }
    }
    this.#isTelling = false
  }

  async #audienceOf({ channelId, serverId }: ChannelActivity): Promise<readonly string[]> {
    const { presentUsers, views } = this.#deps
    if (serverId !== '') {
      const members = presentUsers.membersOf(serverId)
      return members.size > 0 ? views.viewersOf(channelId, serverId, members) : []
    }
    return (this.#participants.get(channelId) ?? []).filter((userId) => presentUsers.has(userId))
  }

  async #learnDirects(activity: readonly ChannelActivity[]): Promise<void> {
    const unknown = activity.flatMap(({ channelId, serverId }) =>
      serverId === '' && !this.#participants.has(channelId) ? [channelId] : [],
    )
    for (let at = 0; at < unknown.length; at += MAX_ASKED)
      for (const direct of await this.#deps.askParticipants(unknown.slice(at, at + MAX_ASKED)))
        this.#participants.set(direct.channelId, direct.userIds)
  }

  /** Whoever has joined the channel hears its messages; whoever wrote has read, on the other devices too. */
  #tell({ channelId, seq, count, senders }: ChannelActivity, userIds: readonly string[]): void {
    const { presentUsers, connections } = this.#deps
    const joined = connections.topic(`channel:${channelId}`)?.joins
    const payload = JSON.stringify({ channel_id: channelId, seq, count })
    const readBy = new Map(senders.map((sender) => [sender.userId, sender.seq]))
    for (const userId of userIds) {
      const topic = `user:${userId}`
      const activity = new Broadcast(topic, 'activity', payload)
      const readSeq = readBy.get(userId)
      const read =
        readSeq !== undefined &&
        new Broadcast(topic, 'read', JSON.stringify({ channel_id: channelId, seq: readSeq }))
      for (const { connection } of presentUsers.joinsOf(userId)) {
        if (!joined?.has(connection)) connection.deliver(activity)
        if (read) connection.deliver(read)
      }
    }
  }
}
