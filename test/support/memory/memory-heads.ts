import type { ChannelHead, HeadRaise, Heads, RefusalRecord } from '../../../ports/heads/heads.js'

/** Heads in memory, for tests that make them slow, failing or frozen. Every channel is there, with the epoch `e`. */
export class MemoryHeads implements Heads {
  readonly refused: RefusalRecord[] = []
  /** Runs before each call; may wait or throw. */
  before: (call: 'read' | 'raise') => unknown = () => undefined
  readonly #heads = new Map<string, ChannelHead>()

  /** How far a channel's head is. */
  seq(channelId: string): number {
    return this.#head(channelId).seq
  }

  async read(channelIds: readonly string[]): Promise<Map<string, ChannelHead>> {
    await this.before('read')
    return new Map(channelIds.map((channelId) => [channelId, this.#head(channelId)]))
  }

  async raise(raises: readonly HeadRaise[], refusals: readonly RefusalRecord[]): Promise<void> {
    await this.before('raise')
    for (const { channelId, seq, count } of raises)
      if (seq > this.seq(channelId)) this.#heads.set(channelId, { channelId, epoch: 'e', seq, count })
    this.refused.push(...refusals)
  }

  async refusals(attempts: readonly { id: string; attempt: string }[]): Promise<RefusalRecord[]> {
    return this.refused.filter((each) =>
      attempts.some(({ id, attempt }) => each.id === id && each.attempt === attempt),
    )
  }

  async forget(): Promise<void> {}

  #head(channelId: string): ChannelHead {
    return this.#heads.get(channelId) ?? { channelId, epoch: 'e', seq: 0, count: 0 }
  }
}
