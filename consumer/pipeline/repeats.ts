import { RecadoError } from '../../lib/errors.js'
import type { History } from '../../ports/history/history.js'
import type { Entry } from './entry.js'

/** How many times more channels are looked up after each further refusal. */
const WIDENING = 8

/** How often a batch may find that another consumer writes to its channels before it waits. */
const MAX_OVERTAKEN = 3

/** The first entry of each id, in order of appearance: within a batch only that one is written, and the others follow it. */
export function firstOfEach<Item extends { readonly id: string }>(entries: readonly Item[]): Item[] {
  const firsts = new Map<string, Item>()
  for (const entry of entries) if (!firsts.has(entry.id)) firsts.set(entry.id, entry)
  return [...firsts.values()]
}

/** Gives entries whose twin is stored the twin's event. */
export function followTwins(entries: readonly Entry[]): void {
  const events = new Map(entries.flatMap(({ id, event }) => (event ? [[id, event]] : [])))
  for (const entry of entries) {
    const event = entry.event ?? events.get(entry.id)
    if (event) entry.event = event
  }
}

/** Gives entries that are in the log already the event that is there, by one read. */
export async function adoptStored(entries: readonly Entry[], history: History): Promise<void> {
  if (entries.length === 0) return
  const keys = firstOfEach(entries).map(({ id, payload: { channelId } }) => ({ channelId, id }))
  const found = new Map((await history.find(keys)).map((event) => [event.id, event]))
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
 * without an answer: so the whole rest of the refused channel is looked up, and with each further refusal more of the others.
 */
export class RepeatSearch {
  readonly #history: History
  readonly #searched = new Set<string>()
  #width = 1
  #overtaken = 0

  constructor(history: History) {
    this.#history = history
  }

  /**
   * Takes an entry whose append was refused, and what is left to be written with it.
   * @throws `unavailable` when another consumer keeps writing to the channel.
   */
  async afterRefusal(refused: Entry, rest: readonly Entry[]): Promise<void> {
    const { channelId } = refused.payload
    const open = new Set(rest.map(({ payload }) => payload.channelId))
    const others = [...open].filter((each) => each !== channelId && !this.#searched.has(each))
    const wanted = new Set([channelId, ...others.slice(0, this.#width - 1)])
    this.#width *= WIDENING
    for (const each of wanted) this.#searched.add(each)
    await adoptStored(
      rest.filter(({ payload }) => wanted.has(payload.channelId)),
      this.#history,
    )
    if (refused.event) return
    // Its id is not there, so its seq is: another owner has written. Where the log ends must be read again.
    refused.owner.sequences.forget(channelId)
    if (++this.#overtaken > MAX_OVERTAKEN)
      throw new RecadoError('unavailable', 'Another consumer writes to the same channel.')
  }
}
