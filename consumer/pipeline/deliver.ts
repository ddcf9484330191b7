import { timeOf, type EncodedEvent } from '../../contract/events.js'
import type { Outcome } from '../../gen/recado/v1/types.js'
import type { DeliveriesHub } from '../deliveries/deliveries-hub.js'
import type { Entry } from './entry.js'

/** Hands a batch's events to those who are interested now, and the outcome of each of its entries to whoever published. */
export function deliver(
  entries: readonly Entry[],
  events: readonly EncodedEvent[],
  hub: DeliveriesHub,
): void {
  const outcomes = new Map<string, Outcome[]>()
  for (const entry of entries) {
    const outcome = toOutcome(entry)
    const { origin } = entry.payload
    if (!outcome || !origin) continue
    const list = outcomes.get(origin)
    if (list) list.push(outcome)
    else outcomes.set(origin, [outcome])
  }
  hub.publish(events, outcomes)
}

function toOutcome({ id, attempt, payload, event, refusal }: Entry): Outcome | undefined {
  const outcome = { id, channelId: payload.channelId, attempt }
  if (event) {
    // What has changed nothing is told by its own clock.
    const timestamp = timeOf(event) ?? payload.timestamp
    const value = { seq: event.seq, timestamp, duplicate: event.attempt !== attempt }
    return Object.assign(outcome, { result: { $case: 'stored' as const, value } })
  }
  return refusal && Object.assign(outcome, { result: { $case: 'refused' as const, value: refusal } })
}
