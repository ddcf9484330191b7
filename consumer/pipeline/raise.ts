import type { HeadRaise, Heads, RefusalRecord } from '../../ports/heads/heads.js'
import type { Entry } from './entry.js'

/** Raises the heads of the batch's channels and records what was refused: one write to the relational database. */
export async function raise(entries: readonly Entry[], heads: Heads): Promise<void> {
  const raises = new Map<string, HeadRaise>()
  for (const { event } of entries) {
    if (!event || event.seq <= (raises.get(event.channelId)?.seq ?? 0)) continue
    const { channelId, seq, count, id } = event
    const at = event.what?.$case === 'message' ? event.what.value.timestamp : undefined
    raises.set(channelId, { channelId, seq, count, ...(at && { lastMessage: { id, at } }) })
  }
  const refusals = entries.flatMap(toRefusal)
  if (raises.size > 0 || refusals.length > 0) await heads.raise([...raises.values()], refusals)
}

function toRefusal({ event, refusal, id, attempt, payload }: Entry): RefusalRecord[] {
  return event || !refusal ? [] : [{ id, attempt, channelId: payload.channelId, ...refusal }]
}
