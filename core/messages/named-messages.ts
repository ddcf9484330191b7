import { isId, toEventKey } from '../../contract/ids.js'
import type { Event, Message } from '../../gen/recado/v1/types.js'
import { orAborted } from '../../lib/abort.js'
import type { Log } from '../../lib/log.js'
import { Outage } from '../../lib/outage.js'
import type { History } from '../../ports/history/history.js'

/** A message that a candidate names, and how far its channel is. */
export type Named = { channelId: string; id: string; headSeq: number }

/** What was found of it: the message as it stands, or none; `unknown` where the log does not answer. */
export type FoundMessage = { message: Message | undefined } | 'unknown'

/** How long the log may take, in milliseconds: who names nothing waits for the answer too. */
const DEADLINE_MS = 1_000

/** Finds the messages that candidates answer or change. */
export class NamedMessages {
  readonly #history: History
  readonly #outage: Outage
  readonly #deadlineMs: number

  constructor(deps: { history: History; log: Log }, deadlineMs = DEADLINE_MS) {
    this.#history = deps.history
    this.#outage = new Outage({ log: deps.log, name: 'the message store, for what is answered or changed' })
    this.#deadlineMs = deadlineMs
  }

  /**
   * Finds messages up to their channels' heads, with one read for all; the answer is in their order. Where the log does not answer in
   * time nothing is known of them: commands are accepted while it is away, and decided again before they are stored.
   */
  async find(names: readonly Named[]): Promise<FoundMessage[]> {
    const events = await this.#read(names)
    if (!events) return names.map(() => 'unknown')
    return names.map((name) => {
      const event = events.get(toEventKey(name))
      const isThere = event?.what?.$case === 'message' && event.seq <= name.headSeq
      return { message: isThere ? (event.what?.value as Message) : undefined }
    })
  }

  /** Tells which events are stored, whatever they are, up to their channels' heads; none where the log does not answer in time. */
  async areStored(names: readonly Named[]): Promise<boolean[]> {
    const events = await this.#read(names)
    return names.map((name) => (events?.get(toEventKey(name))?.seq ?? Infinity) <= name.headSeq)
  }

  /** Finds events with one read for all; undefined where the log does not answer in time. */
  async #read(names: readonly Named[]): Promise<Map<string, Event> | undefined> {
    const keys = new Map(names.filter(({ id }) => isId(id)).map((name) => [toEventKey(name), name]))
    if (keys.size === 0) return new Map()
    try {
      const finding = this.#history.find([...keys.values()].map(({ channelId, id }) => ({ channelId, id })))
      const events = await orAborted(finding, AbortSignal.timeout(this.#deadlineMs))
      this.#outage.ended()
      return new Map(events.map((event) => [toEventKey(event), event]))
    } catch (error) {
      this.#outage.failed(error)
      return undefined
    }
  }
}
