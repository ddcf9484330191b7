import type { LostRight } from '../connections/lost-rights.js'

/** Asks core which of these users may view a channel now. */
export type AskViewers = (channelId: string, userIds: readonly string[]) => Promise<ReadonlySet<string>>

/** Answers that are remembered; beyond it the oldest channels are asked about again. */
const MAX_ANSWERS = 1_000_000

type Channel = { serverId: string; views: Map<string, boolean> }

/**
 * Remembers who may view which channel of a server, for what is told so often that core cannot be asked each time. What changes rights
 * makes it forget, as fast as the log of lost rights and that of happenings are read.
 */
export class ViewCache {
  readonly #ask: AskViewers
  readonly #channels = new Map<string, Channel>()
  #answers = 0

  constructor(ask: AskViewers) {
    this.#ask = ask
  }

  /** Which of these members of its server may view a channel. Rejects with what asking core rejects with. */
  async viewersOf(channelId: string, serverId: string, userIds: Iterable<string>): Promise<string[]> {
    const asked = [...userIds]
    const { views } = this.#channel(channelId, serverId)
    const unknown = asked.filter((userId) => !views.has(userId))
    if (unknown.length > 0) {
      const viewers = await this.#ask(channelId, unknown)
      // What was forgotten meanwhile stays so: the answer may be older.
      for (const userId of unknown) views.set(userId, viewers.has(userId))
      this.#answers += unknown.length
      this.#bound()
    }
    return asked.filter((userId) => views.get(userId))
  }

  /** Forgets what an entry of the log of lost rights makes uncertain. */
  apply(lost: LostRight): void {
    if (lost.$case === 'channelDeleted') this.#forget(lost.value.channelId)
    else if (lost.$case !== 'signedOut') this.forgetServer(lost.value.serverId)
  }

  /** Forgets all that is known of a server. */
  forgetServer(serverId: string): void {
    for (const [channelId, channel] of this.#channels)
      if (channel.serverId === serverId) this.#forget(channelId)
  }

  /** Forgets what is known of one member of a server. */
  forgetMember(serverId: string, userId: string): void {
    for (const channel of this.#channels.values())
      if (channel.serverId === serverId && channel.views.delete(userId)) this.#answers -= 1
  }

  #channel(channelId: string, serverId: string): Channel {
    const known = this.#channels.get(channelId)
    if (known) return known
    const channel = { serverId, views: new Map<string, boolean>() }
    this.#channels.set(channelId, channel)
    return channel
  }

  #forget(channelId: string): void {
    this.#answers -= this.#channels.get(channelId)?.views.size ?? 0
    this.#channels.delete(channelId)
  }

  #bound(): void {
    for (const channelId of this.#channels.keys()) {
      if (this.#answers <= MAX_ANSWERS) return
      this.#forget(channelId)
    }
  }
}
