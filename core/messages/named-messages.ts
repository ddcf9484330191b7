import { isId } from '../../contract/ids.js'
import type { Message } from '../../gen/recado/v1/types.js'
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
    const keys = new Map(names.filter(({ id }) => isId(id)).map((name) => [toKey(name), name]))
    if (keys.size === 0) return names.map(() => ({ message: undefined }))
    try {
      const finding = this.#history.find([...keys.values()].map(({ channelId, id }) => ({ channelId, id })))
      const events = await orAborted(finding, AbortSignal.timeout(this.#deadlineMs))
      this.#outage.ended()
      const messages = new Map(
        events.map(({ channelId, id, what }) => [
          toKey({ channelId, id }),
          what?.$case === 'message' ? what.value : undefined,
        ]),
      )
      return names.map((name) => {
        const message = messages.get(toKey(name))
        return { message: message && message.seq <= name.headSeq ? message : undefined }
      })
    } catch (error) {
      this.#outage.failed(error)
      return names.map(() => 'unknown')
    }
  }
}

/** No id holds U+0000, so no two names read alike. */
function toKey({ channelId, id }: Pick<Named, 'channelId' | 'id'>): string {
  return `${channelId}\0${id}`
}
