import type { Permission } from '../../gen/recado/v1/messages_service.js'
import type { QueuedCommand } from '../../gen/recado/v1/payload.js'
import type { Event, Refusal } from '../../gen/recado/v1/types.js'
import type { Delivery, QueueSession } from '../../ports/queue/queue.js'
import type { Sequence, Sequences } from './sequences.js'

/** A partition in this consumer's hand, for as long as its session lasts. */
export type Ownership = {
  readonly session: QueueSession
  readonly sequences: Sequences
}

/** One message on its way through the pipeline. Each step fills in its part. */
export type Entry = {
  /** Through which it came, and which decides whether it may still be written. */
  readonly owner: Ownership
  readonly delivery: Delivery
  /** What was published, complete: nonce from `message_id`, attempt made where there was none. */
  readonly payload: QueuedCommand
  /** Derived from channel, sender and nonce, whatever the payload says. */
  readonly id: string
  readonly attempt: string
  /** Set by `validate`: when core was asked for the verdict below, in milliseconds of the monotonic clock. */
  validatedAt?: number
  /** Set by `validate` where the verdict came later than it lasts. */
  isVerdictLate?: boolean
  /** Set by `validate` where it may be written. */
  permission?: Permission
  /** Set by `validate`, `checkReplies` or `store` where it may not. */
  refusal?: Refusal
  /** Set by `checkReplies` where it has found what the entry answers, which stays. */
  isReplyThere?: boolean
  /** Set by `store` where it was looked for before the write. */
  isSought?: boolean
  /** Set by `store`: the event as the log holds it, this entry's own or the one that it repeats; one without `what` where it changes nothing. */
  event?: Event
}

/** Whether it was refused and nobody hears of it: it belongs to the dead letters. */
export function isUnheard({ event, refusal, payload }: Entry): boolean {
  return !event && refusal !== undefined && !payload.origin
}

/** Entries by the partition that they came through. */
export function byOwner(entries: readonly Entry[]): Map<Ownership, Entry[]> {
  return groupBy(entries, ({ owner }) => owner)
}

/** Entries by their channel. */
export function byChannel(entries: readonly Entry[]): Map<string, Entry[]> {
  return groupBy(entries, ({ payload }) => payload.channelId)
}

/** Where the logs of the entries' channels end. */
export async function loadSequences(entries: readonly Entry[]): Promise<Map<string, Sequence>> {
  const loaded = await Promise.all(
    [...byOwner(entries)].map(([{ sequences }, own]) =>
      sequences.load(own.map(({ payload }) => payload.channelId)),
    ),
  )
  return new Map(loaded.flatMap((known) => [...known]))
}

function groupBy<Key>(entries: readonly Entry[], keyOf: (entry: Entry) => Key): Map<Key, Entry[]> {
  const groups = new Map<Key, Entry[]>()
  for (const entry of entries) {
    const key = keyOf(entry)
    const group = groups.get(key)
    if (group) group.push(entry)
    else groups.set(key, [entry])
  }
  return groups
}
