import { setTimeout as delay } from 'node:timers/promises'
import { deriveId, newAttempt } from '../../contract/ids.js'
import { toPartition } from '../../contract/partitions.js'
import { encodePayload } from '../../contract/payload.js'
import type { EventKey, History } from '../../ports/history/history.js'
import type { Queue } from '../../ports/queue/queue.js'

/** How long it is waited until messages are deleted, and how often it is looked, in milliseconds. */
const WAIT_MS = 15_000
const LOOK_MS = 200

/** Where a purger publishes to, and as whom. */
export type PurgerDeps = {
  history: History
  queue: Queue
  /** How many partitions the queue has. */
  partitions: number
  /** Names this core in what it publishes. */
  origin: string
}

/** Deletes messages of core's own accord, by the way that every deletion goes: through the queue, each an event of its channel. */
export class Purger {
  readonly #deps: PurgerDeps

  constructor(deps: PurgerDeps) {
    this.#deps = deps
  }

  /**
   * Deletes messages on behalf of somebody who may; resolves with those that are deleted or not there at all, which may be fewer: a
   * consumer may be away. Doing it again changes nothing. A hundred at most.
   * @throws `unavailable`, `deadline_exceeded`, `resource_exhausted`
   */
  async purge(userId: string, keys: readonly EventKey[], signal: AbortSignal): Promise<EventKey[]> {
    const open = await this.#findOpen(keys)
    await Promise.all(keys.filter(({ id }) => open.has(id)).map((key) => this.#publish(userId, key)))
    const until = performance.now() + WAIT_MS
    for (let left = open; ; left = await this.#findOpen(keys)) {
      if (left.size === 0 || performance.now() > until || signal.aborted)
        return keys.filter(({ id }) => !left.has(id))
      // Aborted: it is looked once more.
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async #findOpen(keys: readonly EventKey[]): Promise<Set<string>> {
    const events = await this.#deps.history.find(keys)
    const isOpen = ({ what }: (typeof events)[number]) => what?.$case === 'message' && !what.value.deletedAt
    return new Set(events.filter(isOpen).map(({ id }) => id))
  }

  async #publish(senderId: string, { channelId, id }: EventKey): Promise<void> {
    const { queue, partitions, origin } = this.#deps
    const body = encodePayload({
      senderId,
      channelId,
      command: { $case: 'delete', value: { id } },
      timestamp: new Date().toISOString(),
      nonce: deriveId('purge', id),
      attempt: newAttempt(),
      origin,
      moderated: true,
      traceparent: '',
    })
    await queue.publish(toPartition(channelId, partitions), body)
  }
}
