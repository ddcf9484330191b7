import { timeOf } from '../../contract/events.js'
import type { AttemptRef } from '../../gen/recado/internal/v1/core_service.js'
import type { Outcome } from '../../gen/recado/v1/types.js'
import type { Event } from '../../gen/recado/v1/types.js'
import type { Heads, RefusalRecord } from '../../ports/heads/heads.js'
import type { History } from '../../ports/history/history.js'
import { isId, toEventKey } from '../../contract/ids.js'

/** Tells what became of accepted messages, for those who missed the frame that said it. */
export class Outcomes {
  readonly #heads: Heads
  readonly #history: History

  constructor(deps: { heads: Heads; history: History }) {
    this.#heads = deps.heads
    this.#history = deps.history
  }

  /**
   * Finds the outcomes of attempts; those neither stored nor refused yet are left out.
   * @throws `unavailable`
   */
  async list(attempts: readonly AttemptRef[]): Promise<Outcome[]> {
    const possible = attempts.filter((ref) => isId(ref.id) && isId(ref.channelId) && isId(ref.attempt))
    const events = await this.#findStored(possible)
    const eventOf = (ref: AttemptRef) => events.get(toEventKey(ref))
    const stored = possible.flatMap((ref) => toStored(ref, eventOf(ref)))
    const open = possible.filter((ref) => !eventOf(ref))
    const refusals = open.length > 0 ? await this.#heads.refusals(open) : []
    return [...stored, ...refusals.map(toRefused)]
  }

  /** Finds what is stored, cut at the heads, which are read first. */
  async #findStored(refs: readonly AttemptRef[]): Promise<Map<string, Event>> {
    const heads = await this.#heads.read([...new Set(refs.map(({ channelId }) => channelId))])
    const readable = new Map(
      refs.filter(({ channelId }) => heads.has(channelId)).map((ref) => [toEventKey(ref), ref]),
    )
    const events = await this.#history.find([...readable.values()])
    const isUnderHead = ({ channelId, seq }: Event) => seq <= (heads.get(channelId)?.seq ?? 0)
    return new Map(events.filter(isUnderHead).map((event) => [toEventKey(event), event]))
  }
}

function toStored(ref: AttemptRef, event: Event | undefined): Outcome[] {
  if (!event) return []
  const timestamp = timeOf(event)
  const duplicate = event.attempt !== ref.attempt
  return [{ ...ref, result: { $case: 'stored', value: { seq: event.seq, timestamp, duplicate } } }]
}

function toRefused({ id, channelId, attempt, code, reason, message }: RefusalRecord): Outcome {
  return { id, channelId, attempt, result: { $case: 'refused', value: { code, reason, message } } }
}
