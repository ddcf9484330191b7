import type { Event } from '../../gen/recado/v1/types.js'
import type { HeadRaise, Heads, RefusalRecord } from '../../ports/heads/heads.js'
import type { Entry } from './entry.js'

/** Raises the heads of the batch's channels and records what was refused: one write to the relational database. */
export async function raise(entries: readonly Entry[], heads: Heads): Promise<void> {
  const raises = new Map<string, Raising>()
  for (const { event } of entries) {
    // A trace raises nothing.
    if (!event?.what) continue
    const known = raises.get(event.channelId)
    if (known) known.add(event)
    else raises.set(event.channelId, new Raising(event))
  }
  const refusals = entries.flatMap(toRefusal)
  if (raises.size > 0 || refusals.length > 0)
    await heads.raise(
      [...raises.values()].map((raising) => raising.raise),
      refusals,
    )
}

/** What a batch's events say of one channel. */
class Raising {
  #latest: Event
  #latestMessage: Event | undefined
  readonly #senders = new Map<string, { userId: string; seq: number; count: number }>()

  constructor(event: Event) {
    this.#latest = event
    this.add(event)
  }

  get raise(): HeadRaise {
    const { channelId, seq, count } = this.#latest
    const message = this.#latestMessage?.what
    const at = message?.$case === 'message' ? message.value.timestamp : undefined
    const id = this.#latestMessage?.id ?? ''
    return {
      channelId,
      seq,
      count,
      ...(at && { lastMessage: { id, at } }),
      senders: [...this.#senders.values()],
    }
  }

  add(event: Event): void {
    const { seq, count, what } = event
    if (seq > this.#latest.seq) this.#latest = event
    if (what?.$case !== 'message') return
    if (seq > (this.#latestMessage?.seq ?? 0)) this.#latestMessage = event
    const { senderId: userId } = what.value
    if (seq > (this.#senders.get(userId)?.seq ?? 0)) this.#senders.set(userId, { userId, seq, count })
  }
}

function toRefusal({ event, refusal, id, attempt, payload }: Entry): RefusalRecord[] {
  return event || !refusal ? [] : [{ id, attempt, channelId: payload.channelId, ...refusal }]
}
