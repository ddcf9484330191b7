import { changedBy } from '../../contract/folding.js'
import type { Event } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { History } from '../../ports/history/history.js'
import { RECENT_EVENTS, type Recent } from '../../ports/recent/recent.js'
import { byChannel, type Entry } from './entry.js'

/** How many times more channels are looked up in the log after each further refusal. */
const WIDENING = 8

/** Shared by the channels of a batch: so many of their latest events are read, beside two for each entry. */
const MAX_LOOK_BACK = 1_000

/** How often a batch may find that another consumer writes to its channels before it waits. */
const MAX_OVERTAKEN = 3

/** The first entry of each id, in order of appearance. */
export function firstOfEach<Item extends { readonly id: string }>(entries: readonly Item[]): Item[] {
  const firsts = new Map<string, Item>()
  for (const entry of entries) if (!firsts.has(entry.id)) firsts.set(entry.id, entry)
  return [...firsts.values()]
}

/** Gives entries whose twin is stored the twin's event. */
export function followTwins(entries: readonly Entry[]): void {
  const open = entries.filter(({ event }) => !event)
  if (open.length === 0 || open.length === entries.length) return
  const events = new Map(entries.flatMap(({ id, event }) => (event ? [[id, event]] : [])))
  for (const entry of open) {
    const event = events.get(entry.id)
    if (event) entry.event = event
  }
}

/** Gives entries that are in the log already the event that is there, by one read. */
export async function adoptStored(entries: readonly Entry[], history: History): Promise<void> {
  if (entries.length === 0) return
  const keys = firstOfEach(entries).map(({ id, payload: { channelId } }) => ({ channelId, id }))
  adopt(entries, await history.find(keys))
}

/**
 * Gives entries that repeat one of their channel's latest events that event, by one read a channel: of the copy of recent events
 * first, for it is nearer; where that cannot tell, all together by one read of the log. What is older is not found.
 */
export async function adoptLatest(
  entries: readonly Entry[],
  { history, recent }: { history: History; recent: Recent },
): Promise<void> {
  const channels = byChannel(entries)
  const spare = Math.floor(MAX_LOOK_BACK / channels.size)
  const untold = await Promise.all(
    [...channels.values()].map(async (own) => {
      const events = await readLatest(own, 2 * own.length + spare, recent)
      adopt(own, events ?? [])
      return events ? [] : own
    }),
  )
  await adoptStored(untold.flat(), history)
}

/** The latest events of the entries' channel, at most `count`; undefined where the copy does not hold them all, or is away. */
async function readLatest(
  entries: readonly Entry[],
  count: number,
  recent: Recent,
): Promise<Event[] | undefined> {
  const [entry] = entries
  const channelId = entry?.payload.channelId ?? ''
  const end = entry?.owner.sequences.peek(channelId)
  if (!end) return undefined
  if (end.seq === 0) return []
  const first = Math.max(1, end.seq - Math.min(count, RECENT_EVENTS) + 1)
  // Whatever is the matter with the copy, the log has the answer.
  const events = await recent.read(channelId, end.epoch, first, end.seq).catch(() => undefined)
  return events && withoutDeleted(events)
}

/** The copy holds texts that were deleted since, which nobody is to be handed again: the log has what is left of them. */
function withoutDeleted(events: readonly Event[]): Event[] {
  const deleted = new Set(
    events.flatMap(({ what }) => (what?.$case === 'messageDeleted' ? [what.value.id] : [])),
  )
  if (deleted.size === 0) return [...events]
  const holdsText = ({ what }: Event) => what?.$case === 'message' || what?.$case === 'messageUpdated'
  return events.filter((event) => !(holdsText(event) && deleted.has(changedBy(event) ?? event.id)))
}

function adopt(entries: readonly Entry[], events: readonly Event[]): void {
  const found = new Map(events.map((event) => [event.id, event]))
  for (const entry of entries) {
    const event = found.get(entry.id)
    if (!event) continue
    entry.event = event
    entry.owner.sequences.reach(event.channelId, event.seq, event.count)
  }
}

/** Whether repeats come in a crowd now, as they do after a fault: then a look before the write is cheaper than a refusal. */
export class Crowd {
  #isThere = false

  /** Whether most of the last batch was there already. */
  get isThere(): boolean {
    return this.#isThere
  }

  /** Takes note of a batch that is stored, of which so many were written. */
  seen(entries: readonly Entry[], written: number): void {
    const stored = entries.filter(({ event }) => event).length
    this.#isThere = stored - written > entries.length / 2
  }
}

/**
 * Finds what a batch repeats, once an append has been refused. Repeats come in crowds, for everybody repeats what a fault has left
 * without an answer, and mostly what was sent last: so the whole rest is looked up among its channels' latest events at once. What is
 * older shows itself by a further refusal: then the rest of that channel is looked up in the log, and with each one more of the others.
 */
export class RepeatSearch {
  readonly #deps: { history: History; recent: Recent }
  readonly #searched = new Set<string>()
  #hasLooked = false
  #width = 1
  #overtaken = 0

  constructor(deps: { history: History; recent: Recent }) {
    this.#deps = deps
  }

  /**
   * Takes an entry whose append was refused, and what is left to be written with it.
   * @throws `unavailable` when another consumer keeps writing to the channel.
   */
  async afterRefusal(refused: Entry, rest: readonly Entry[]): Promise<void> {
    if (!this.#hasLooked) await adoptLatest(rest, this.#deps)
    this.#hasLooked = true
    if (!refused.event) await this.#searchLog(refused, rest)
    if (refused.event) return
    // Its id is not there, so its seq is: another owner has written. Where the log ends must be read again.
    refused.owner.sequences.forget(refused.payload.channelId)
    if (++this.#overtaken > MAX_OVERTAKEN)
      throw new RecadoError('unavailable', 'Another consumer writes to the same channel.')
  }

  async #searchLog({ payload: { channelId } }: Entry, rest: readonly Entry[]): Promise<void> {
    const channels = byChannel(rest.filter(({ event }) => !event))
    const others = [...channels.keys()].filter((each) => each !== channelId && !this.#searched.has(each))
    const wanted = [channelId, ...others.slice(0, this.#width - 1)]
    this.#width *= WIDENING
    for (const each of wanted) this.#searched.add(each)
    await adoptStored(
      wanted.flatMap((each) => channels.get(each) ?? []),
      this.#deps.history,
    )
  }
}
