import { ErrorCode } from '../../gen/recado/v1/types.js'
import type { AppendResult, History } from '../../ports/history/history.js'
import type { Recent } from '../../ports/recent/recent.js'
import { loadSequences, type Entry } from './entry.js'
import { MessageStates } from './message-states.js'
import { number, toChangedKey, type Numbered } from './number.js'
import { adoptLatest, adoptStored, Crowd, followTwins, RepeatSearch } from './repeats.js'
import type { Sequence } from './sequences.js'
import { isStale } from './validate.js'

/** What storing works with. */
export type StoreDeps = {
  history: History
  recent: Recent
  crowd?: Crowd
  /** The messages that the batch changes. */
  states?: MessageStates
}

/**
 * Writes the permitted entries to history, each with the next seq of its channel. No read stands before the write of a message: a
 * repeat shows itself where the ordered insert stops. Changes are decided against their messages as they stand, those of this batch
 * included.
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
  { history, recent, crowd = new Crowd(), states = new MessageStates(history) }: StoreDeps,
): Promise<boolean> {
  const repeats = new RepeatSearch({ history, recent })
  await lookAhead(entries, { history, recent }, crowd.isThere)
  for (let written = 0; ;) {
    followTwins(entries)
    const open = entries.filter(isOpen)
    if (open.length === 0) {
      crowd.seen(entries, written)
      return true
    }
    const known = await loadSequences(open)
    refuseDeleted(open, known)
    await states.load(open.flatMap(toChangedKey))
    const permitted = open.filter(isOpen)
    const numbered = number(permitted, known, states.draft())
    await lookAhead(permitted, { history, recent }, false)
    if (numbered.length === 0) continue
    if (numbered.some(({ entry }) => isStale(entry))) return false
    const result = await append(numbered, history)
    const stored = result.stored === 'all' ? numbered.length : result.refusedIndex
    written += stored
    for (const { entry, event } of numbered.slice(0, stored)) {
      entry.event = event
      entry.owner.sequences.reach(event.channelId, event.seq, event.count)
      states.stored(event)
    }
    const refused = numbered[stored]
    if (!refused) continue
    await repeats.afterRefusal(
      refused.entry,
      numbered.slice(stored).map(({ entry }) => entry),
    )
    // Somebody else has written to its channel.
    if (!refused.entry.event) states.forget(refused.event.channelId)
  }
}

/** When it is not known what was stored, the ends of the logs are not either, nor what must still be applied. */
async function append(numbered: readonly Numbered[], history: History): Promise<AppendResult> {
  try {
    return await history.append(numbered.map(({ event }) => event))
  } catch (error) {
    for (const { entry, event } of numbered)
      if (event.what?.$case !== 'message') entry.owner.sequences.forget(event.channelId)
    throw error
  }
}

/**
 * Looks up what core refuses, for what is stored is a repeat, whatever has changed since; in a crowd everything. Each entry once: verdicts
 * grow old meanwhile, and where the log is slow a second look would let them grow old again.
 */
async function lookAhead(
  entries: readonly Entry[],
  { history, recent }: { history: History; recent: Recent },
  isCrowd: boolean,
): Promise<void> {
  const unsought = entries.filter(({ isSought }) => !isSought)
  const refused = unsought.filter(isRefused)
  const open = isCrowd ? unsought.filter(isOpen) : []
  await adoptStored(refused, history)
  if (open.length > 0) await adoptLatest(open, { history, recent })
  for (const entry of [...refused, ...open]) entry.isSought = true
}

/** Whether it is still to be written, by this consumer. */
function isOpen({ owner, permission, refusal, event }: Entry): boolean {
  return permission !== undefined && !refusal && !event && !owner.session.closed.aborted
}

function isRefused({ refusal, event }: Entry): boolean {
  return refusal !== undefined && !event
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
