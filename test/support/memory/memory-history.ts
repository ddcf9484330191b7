import { toState, toTombstone, type MessageState } from '../../../contract/folding.js'
import type { Event, Message } from '../../../gen/recado/v1/types.js'
import type { AppendResult, EventKey, EventRange, History, LogEnd } from '../../../ports/history/history.js'

/** The log in memory, for tests that make it slow, failing or frozen. */
export class MemoryHistory implements History {
  /** The calls that were made. */
  readonly calls: string[] = []
  /** Runs before each call; may wait or throw. */
  before: (call: string, argument: readonly unknown[] | string) => unknown = () => undefined
  /** Runs after each append, when it is durable; may wait or throw. */
  after: (events: readonly Event[]) => unknown = () => undefined
  readonly #byId = new Map<string, Event>()
  readonly #logs = new Map<string, Map<number, Event>>()
  readonly #states = new Map<string, MessageState>()

  /** The text of a channel's messages, in the order of the log. */
  texts(channelId: string): string[] {
    return this.#log(channelId).map(({ what }) => (what?.$case === 'message' ? what.value.content : '?'))
  }

  async append(events: readonly Event[]): Promise<AppendResult> {
    await this.#enter('append', events)
    for (const [index, event] of events.entries()) {
      const log = this.#logs.get(event.channelId) ?? new Map<number, Event>()
      this.#logs.set(event.channelId, log)
      const isTrace = event.what === undefined
      if (this.#byId.has(event.id) || (!isTrace && log.has(event.seq)))
        return { stored: 'some', refusedIndex: index }
      this.#byId.set(event.id, event)
      if (!isTrace) log.set(event.seq, event)
      if (event.what?.$case === 'message') this.#states.set(event.id, toState(event.what.value))
    }
    await this.after(events)
    return { stored: 'all' }
  }

  async apply(states: readonly MessageState[]): Promise<void> {
    await this.#enter('apply', states)
    for (const state of states) {
      const known = this.#states.get(state.message.id)
      if (known && known.changedSeq < state.changedSeq) this.#states.set(state.message.id, state)
    }
  }

  async find(keys: readonly EventKey[]): Promise<Event[]> {
    await this.#enter('find', keys)
    return keys.flatMap(({ channelId, id }) => {
      const event = this.#byId.get(id)
      return event?.channelId === channelId ? [this.#read(event)] : []
    })
  }

  async states(keys: readonly EventKey[]): Promise<MessageState[]> {
    await this.#enter('states', keys)
    return keys.flatMap(({ channelId, id }) => {
      const state = this.#states.get(id)
      return state?.message.channelId === channelId ? [state] : []
    })
  }

  async endsPast(places: readonly { channelId: string; seq: number }[]): Promise<Map<string, LogEnd>> {
    await this.#enter('endsPast', places)
    const ends = new Map<string, LogEnd>()
    for (const { channelId, seq } of places) {
      const last = this.#log(channelId).at(-1)
      if (last && last.seq > seq) ends.set(channelId, { seq: last.seq, count: last.count })
    }
    return ends
  }

  async latest(channelId: string, limit: number): Promise<Event[]> {
    await this.#enter('latest', channelId)
    return this.#log(channelId).slice(-limit)
  }

  async events({ channelId, since, upTo, limit }: EventRange): Promise<Event[]> {
    return this.#log(channelId)
      .filter(({ seq }) => seq > since && seq <= upTo)
      .slice(0, limit)
  }

  messages(): Promise<Message[]> {
    throw new Error('the consumer reads no pages')
  }

  async forget(channelId: string, limit: number): Promise<number> {
    await this.#enter('forget', channelId)
    const gone = this.#log(channelId).splice(0, limit)
    for (const { id } of gone) this.#byId.delete(id)
    return gone.length
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {}

  async #enter(call: string, argument: readonly unknown[] | string): Promise<void> {
    this.calls.push(call)
    await this.before(call, argument)
  }

  #log(channelId: string): Event[] {
    const events = [...(this.#logs.get(channelId)?.values() ?? [])].map((event) => this.#read(event))
    return events.sort((a, b) => a.seq - b.seq)
  }

  /** An event as it reads now: its message as it stands, or what a deletion has left. */
  #read(event: Event): Event {
    const { what } = event
    if (what?.$case !== 'message' && what?.$case !== 'messageUpdated') return event
    const state = this.#states.get(what.value.id)?.message
    if (what.$case === 'message')
      return { ...event, what: { $case: what.$case, value: { ...(state ?? what.value), reactions: [] } } }
    const { deletedAt } = state ?? {}
    return deletedAt === undefined
      ? event
      : { ...event, what: { $case: what.$case, value: toTombstone(what.value, deletedAt) } }
  }
}
