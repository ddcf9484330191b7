import { isId } from '../../contract/ids.js'
import { orAborted } from '../../lib/abort.js'
import type { Log } from '../../lib/log.js'
import { Outage } from '../../lib/outage.js'
import type { History } from '../../ports/history/history.js'

/** A message that is answered, and how far its channel is. */
export type Reply = { channelId: string; replyTo: string; headSeq: number }

/** How long the log may take, in milliseconds: who answers nothing waits for the answer too. */
const DEADLINE_MS = 1_000

/** Tells whether messages that are answered are in their channels. */
export class ReplyTargets {
  readonly #history: History
  readonly #outage: Outage
  readonly #deadlineMs: number

  constructor(deps: { history: History; log: Log }, deadlineMs = DEADLINE_MS) {
    this.#history = deps.history
    this.#outage = new Outage({ log: deps.log, name: 'the message store, for what is answered' })
    this.#deadlineMs = deadlineMs
  }

  /** Tells of each reply whether what it answers is stored, with one read for all; undefined where the log does not say in time. */
  async areThere(replies: readonly Reply[]): Promise<(boolean | undefined)[]> {
    if (replies.length === 0) return []
    const keys = new Map(
      replies
        .filter(({ replyTo }) => isId(replyTo))
        .map(({ channelId, replyTo }) => [toKey(channelId, replyTo), { channelId, id: replyTo }]),
    )
    try {
      const finding = this.#history.find([...keys.values()])
      const events = await orAborted(finding, AbortSignal.timeout(this.#deadlineMs))
      this.#outage.ended()
      const seqs = new Map(events.map((event) => [toKey(event.channelId, event.id), event.seq]))
      return replies.map(
        ({ channelId, replyTo, headSeq }) => (seqs.get(toKey(channelId, replyTo)) ?? Infinity) <= headSeq,
      )
    } catch (error) {
      this.#outage.failed(error)
      return replies.map(() => undefined)
    }
  }
}

function toKey(channelId: string, id: string): string {
  return `${channelId}\0${id}`
}
