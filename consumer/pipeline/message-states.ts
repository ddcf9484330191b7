import { changedBy, fold, toState, type MessageState } from '../../contract/folding.js'
import { toEventKey } from '../../contract/ids.js'
import type { Event } from '../../gen/recado/v1/types.js'
import type { EventKey, History } from '../../ports/history/history.js'

/** The most messages that are read or changed at once. */
const MAX_KEYS = 1_000

/** Messages that a batch changes, as the log's events leave them: read once, then kept by folding what is stored. */
export class MessageStates {
  readonly #history: History
  readonly #states = new Map<string, MessageState>()
  /** How far the documents of these messages are. */
  readonly #applied = new Map<string, number>()

  constructor(history: History) {
    this.#history = history
  }

  /** Reads the messages that are not known yet. Those that are not there stay unknown. */
  async load(keys: readonly EventKey[]): Promise<void> {
    const missing = new Map(
      keys.filter((key) => !this.#states.has(toEventKey(key))).map((key) => [toEventKey(key), key]),
    )
    const wanted = [...missing.values()]
    for (let from = 0; from < wanted.length; from += MAX_KEYS)
      for (const state of await this.#history.states(wanted.slice(from, from + MAX_KEYS))) {
        this.#states.set(toEventKey(state.message), state)
        this.#applied.set(toEventKey(state.message), state.changedSeq)
      }
  }

  /** The messages that are known, to be changed at will. */
  draft(): Drafts {
    return new Drafts(this.#states)
  }

  /** Takes note of an event that is in the log. */
  stored(event: Event): void {
    const key = toEventKey({ channelId: event.channelId, id: changedBy(event) ?? event.id })
    const known = this.#states.get(key)
    if (event.what?.$case === 'message') {
      if (known) return
      this.#states.set(key, toState(event.what.value))
      this.#applied.set(key, event.seq)
    } else if (known) this.#states.set(key, fold(known, event))
  }

  /** Takes note of the changes among events that are in the log, of messages that are read where they are not known. */
  async follow(events: readonly Event[]): Promise<void> {
    const changes = events.flatMap((event) => {
      const id = changedBy(event)
      return id === undefined ? [] : [{ event, key: { channelId: event.channelId, id } }]
    })
    await this.load(changes.map(({ key }) => key))
    for (const { event } of changes.sort((a, b) => a.event.seq - b.event.seq)) this.stored(event)
  }

  /** Forgets a channel's messages: somebody else has written to it. */
  forget(channelId: string): void {
    for (const [key, { message }] of this.#states)
      if (message.channelId === channelId) this.#states.delete(key)
  }

  /** Brings the documents to where the messages are. Doing it again after a fault changes nothing. */
  async apply(): Promise<void> {
    const behind = [...this.#states].filter(
      ([key, { changedSeq }]) => changedSeq > (this.#applied.get(key) ?? 0),
    )
    for (let from = 0; from < behind.length; from += MAX_KEYS)
      await this.#history.apply(behind.slice(from, from + MAX_KEYS).map(([, state]) => state))
    for (const [key, { changedSeq }] of behind) this.#applied.set(key, changedSeq)
  }
}

/** Applies what a channel's log has in this range, not applied yet or so already. */
export async function applyRange(
  { channelId, since, upTo }: { channelId: string; since: number; upTo: number },
  history: History,
): Promise<void> {
  const states = new MessageStates(history)
  for (let last = since; last < upTo;) {
    const events = await history.events({ channelId, since: last, upTo, limit: MAX_KEYS })
    await states.follow(events)
    last = events.at(-1)?.seq ?? upTo
  }
  await states.apply()
}

/** Messages as they would be, were all events stored that were made of them. */
export class Drafts {
  readonly #known: ReadonlyMap<string, MessageState>
  readonly #drafts = new Map<string, MessageState>()

  constructor(known: ReadonlyMap<string, MessageState>) {
    this.#known = known
  }

  find(key: EventKey): MessageState | undefined {
    return this.#drafts.get(toEventKey(key)) ?? this.#known.get(toEventKey(key))
  }

  /** Whether a message is as it would be, not as it is. */
  isDraft(key: EventKey): boolean {
    return this.#drafts.has(toEventKey(key))
  }

  /** Takes an event that is about to be stored. */
  add(event: Event): void {
    const key = { channelId: event.channelId, id: changedBy(event) ?? event.id }
    const known = this.find(key)
    if (known) this.#drafts.set(toEventKey(key), fold(known, event))
    else if (event.what?.$case === 'message') this.#drafts.set(toEventKey(key), toState(event.what.value))
  }
}
