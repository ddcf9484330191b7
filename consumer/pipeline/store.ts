import { ErrorCode, type Event } from '../../gen/recado/v1/types.js'
import type { History } from '../../ports/history/history.js'
import type { Recent } from '../../ports/recent/recent.js'
import { contentOf } from '../../contract/commands.js'
import { byOwner, type Entry } from './entry.js'
import { adoptLatest, adoptStored, Crowd, firstOfEach, followTwins, RepeatSearch } from './repeats.js'
import type { Sequence } from './sequences.js'
import { isStale } from './validate.js'

/**
 * Writes the permitted entries to history, each with the next seq of its channel. No read stands before the write: a repeat shows
 * itself where the ordered insert stops.
 *
 * 1. Number the entries and append them.
 * 2. Stopped at an id that exists: a repeat, which keeps the event that is there. What else the batch repeats is looked up.
 * 3. Stopped at an id that does not exist: another owner has written that seq. Read the channel's end again.
 * 4. Go on with what is left, renumbered.
 *
 * While repeats come in a crowd, they are looked up before the write instead.
 *
 * What came through a session that has ended is left alone: another owner has it. Resolves with whether all is stored; false when
 * a verdict grew too old before a write.
 */
export async function store(
  entries: readonly Entry[],
  { history, recent }: { history: History; recent: Recent },
  crowd: Crowd = new Crowd(),
): Promise<boolean> {
  const repeats = new RepeatSearch({ history, recent })
  await adoptStored(entries.filter(isRefused), history)
  if (crowd.isThere) await adoptLatest(entries.filter(isOpen), { history, recent })
  for (let written = 0; ;) {
    followTwins(entries)
    const open = firstOfEach(entries.filter(isOpen))
    if (open.length === 0) {
      crowd.seen(entries, written)
      return true
    }
    const known = await loadSequences(open)
    refuseDeleted(open, known)
    const numbered = number(open.filter(isOpen), known)
    if (numbered.length === 0) continue
    if (numbered.some(({ entry }) => isStale(entry))) return false
    const result = await history.append(numbered.map(({ event }) => event))
    const stored = result.stored === 'all' ? numbered.length : result.refusedIndex
    written += stored
    for (const { entry, event } of numbered.slice(0, stored)) {
      entry.event = event
      entry.owner.sequences.reach(event.channelId, event.seq, event.count)
    }
    const refused = numbered[stored]
    if (refused)
      await repeats.afterRefusal(
        refused.entry,
        numbered.slice(stored).map(({ entry }) => entry),
      )
  }
}

type Numbered = { entry: Entry; event: Event }

/** Whether it is still to be written, by this consumer. */
function isOpen({ owner, permission, refusal, event }: Entry): boolean {
  return permission !== undefined && !refusal && !event && !owner.session.closed.aborted
}

/** What core refuses is looked up first: what is stored is a repeat, whatever has changed since. */
function isRefused({ refusal, event }: Entry): boolean {
  return refusal !== undefined && !event
}

/** Where the logs of the entries' channels end. */
async function loadSequences(entries: readonly Entry[]): Promise<Map<string, Sequence>> {
  const loaded = await Promise.all(
    [...byOwner(entries)].map(([{ sequences }, own]) => sequences.load(own.map(toChannelId))),
  )
  return new Map(loaded.flatMap((known) => [...known]))
}

function toChannelId({ payload }: Entry): string {
  return payload.channelId
}

function number(entries: readonly Entry[], known: ReadonlyMap<string, Sequence>): Numbered[] {
  const ends = new Map<string, { seq: number; count: number }>()
  return entries.map((entry) => {
    const { channelId } = entry.payload
    const end = ends.get(channelId) ?? known.get(channelId) ?? { seq: 0, count: 0 }
    const next = { seq: end.seq + 1, count: end.count + 1 }
    ends.set(channelId, next)
    return { entry, event: toEvent(entry, next) }
  })
}

function toEvent(
  { owner, id, attempt, payload, permission }: Entry,
  { seq, count }: { seq: number; count: number },
): Event {
  const { channelId, senderId, timestamp, nonce, replyTo, data, sentAt } = payload
  const content = contentOf(payload.command)
  const serverId = permission?.serverId || undefined
  const value = {
    id,
    channelId,
    serverId,
    senderId,
    content,
    timestamp,
    seq,
    count,
    nonce,
    replyTo,
    data,
    sentAt,
    mentions: permission?.mentions ?? [],
    mentionsEveryone: permission?.mentionsEveryone ?? false,
    reactions: [],
    isFinal: false,
  }
  const epoch = owner.sequences.epoch(channelId) ?? ''
  return { id, channelId, seq, count, attempt, epoch, what: { $case: 'message', value } }
}

/** A channel that was permitted and has no row any more was deleted in between. */
function refuseDeleted(open: readonly Entry[], known: ReadonlyMap<string, Sequence>): void {
  for (const entry of open) {
    if (known.has(entry.payload.channelId)) continue
    entry.refusal = {
      code: ErrorCode.ERROR_CODE_NOT_FOUND,
      reason: 'NOT_FOUND',
      message: 'There is no such channel for you.',
    }
  }
}
