import { changedIdOf, contentOf } from '../../contract/commands.js'
import { decideChange, type Decision } from '../../contract/decide-change.js'
import type { MessageState } from '../../contract/folding.js'
import { toRefusal } from '../../contract/refusals.js'
import { Permission } from '../../gen/recado/v1/messages_service.js'
import type { Event } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { EventKey } from '../../ports/history/history.js'
import type { Entry } from './entry.js'
import type { Drafts } from './message-states.js'
import type { Sequence } from './sequences.js'

/** An entry and the event that it would be. */
export type Numbered = { entry: Entry; event: Event }

/** The message that an entry changes; none where it writes one. */
export function toChangedKey({ payload }: Entry): EventKey[] {
  const id = changedIdOf(payload.command)
  return id === undefined ? [] : [{ channelId: payload.channelId, id }]
}

/**
 * Gives each entry its event, and the next seq of its channel to those that have one; those that may not change their message are
 * refused. Of entries with the same id the first is written, and the others follow it.
 *
 * Nobody is refused by what is only about to be written, for it may prove to be a repeat that changes nothing: then that entry, and
 * what follows it in its channel, is left for the next time.
 */
export function number(
  entries: readonly Entry[],
  known: ReadonlyMap<string, Sequence>,
  drafts: Drafts,
): Numbered[] {
  const ends = new Map<string, Sequence>()
  const [ids, held] = [new Set<string>(), new Set<string>()]
  return entries.flatMap((entry) => {
    const { channelId } = entry.payload
    if (ids.has(entry.id) || held.has(channelId)) return []
    const end = ends.get(channelId) ?? known.get(channelId) ?? { epoch: '', seq: 0, count: 0 }
    const event = toEvent(entry, end, drafts)
    if (event === 'later') held.add(channelId)
    if (event === 'later' || event === 'refused') return []
    ids.add(entry.id)
    if (event.what) {
      ends.set(channelId, { ...end, seq: event.seq, count: event.count })
      drafts.add(event)
    }
    return [{ entry, event }]
  })
}

function toEvent(entry: Entry, end: Sequence, drafts: Drafts): Event | 'refused' | 'later' {
  const [key] = toChangedKey(entry)
  if (!key) return toMessageEvent(entry, end)
  const state = drafts.find(key)
  const decision = decideChange(entry.payload, entry.permission ?? noPermission, state)
  if (!(decision instanceof RecadoError)) return toChange(entry, end, state, decision)
  if (drafts.isDraft(key)) return 'later'
  entry.refusal = toRefusal(decision)
  return 'refused'
}

function toMessageEvent({ id, attempt, payload, permission }: Entry, { epoch, seq, count }: Sequence): Event {
  const { channelId, senderId, timestamp, nonce, replyTo, data, sentAt } = payload
  const [nextSeq, nextCount] = [seq + 1, count + 1]
  // Each field by its name: to spread a part of them takes ten times as long.
  const value = {
    id,
    channelId,
    serverId: permission?.serverId || undefined,
    senderId,
    content: contentOf(payload.command),
    timestamp,
    seq: nextSeq,
    count: nextCount,
    nonce,
    replyTo,
    data,
    sentAt,
    mentions: permission?.mentions ?? [],
    mentionsEveryone: permission?.mentionsEveryone ?? false,
    reactions: [],
    isFinal: false,
  }
  const what = { $case: 'message' as const, value }
  return { id, channelId, seq: nextSeq, count: nextCount, attempt, epoch, what }
}

/** The event of a change; what changes nothing leaves a trace. */
function toChange(
  { id, attempt, payload: { channelId } }: Entry,
  { epoch, seq, count }: Sequence,
  state: MessageState | undefined,
  decision: Exclude<Decision, RecadoError>,
): Event {
  return decision === 'nothing'
    ? { id, channelId, seq: state?.changedSeq ?? seq, count, attempt: '', epoch, what: undefined }
    : { id, channelId, seq: seq + 1, count, attempt, epoch, what: decision }
}

const noPermission = Permission.fromPartial({})
