import type { Event } from '../../gen/recado/v1/types.js'
import type { Recent, RecentRun } from '../../ports/recent/recent.js'
import type { Entry } from './entry.js'

/** Adds what was stored to the copy of recent events. Consecutive events of a channel travel as one run. */
export async function remember(entries: readonly Entry[], recent: Recent): Promise<void> {
  const epochs = new Map(
    entries.map(({ owner, payload: { channelId } }) => [channelId, owner.sequences.epoch(channelId)]),
  )
  const runs = toRuns(inOrder(entries), epochs)
  if (runs.length > 0) await recent.append(runs)
}

/** The events of a batch, each once, in the order of each channel. */
export function inOrder(entries: readonly Entry[]): Event[] {
  const events = new Map<string, Event>()
  for (const { event } of entries) if (event) events.set(event.id, event)
  return [...events.values()].sort((a, b) =>
    a.channelId === b.channelId ? a.seq - b.seq : a.channelId < b.channelId ? -1 : 1,
  )
}

function toRuns(events: readonly Event[], epochs: ReadonlyMap<string, string | undefined>): RecentRun[] {
  const runs: { channelId: string; epoch: string; events: Event[] }[] = []
  for (const event of events) {
    const last = runs.at(-1)
    const previous = last?.events.at(-1)
    if (last && previous && last.channelId === event.channelId && previous.seq + 1 === event.seq) {
      last.events.push(event)
      continue
    }
    const epoch = epochs.get(event.channelId)
    if (epoch !== undefined) runs.push({ channelId: event.channelId, epoch, events: [event] })
  }
  return runs
}
