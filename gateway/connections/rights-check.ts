import { JoinWish, type JoinVerdict } from '../../gen/recado/internal/v1/core_service.js'
import type { Log } from '../../lib/log.js'
import { Outage } from '../../lib/outage.js'
import type { Join } from '../phoenix/handler.js'
import type { User } from './user.js'

/** What the check works with. */
export type RightsCheckDeps = {
  /** Asks core who may still read which channel live; one verdict a wish, in their order. */
  ask(wishes: readonly JoinWish[]): Promise<readonly JoinVerdict[]>
  log: Log
}

/** How long core may take, in milliseconds: with the reading of the log, what is lost is gone within a second. */
const DEADLINE_MS = 400

/** Wishes in one question. */
const MAX_WISHES = 500

/**
 * Asks anew about joins of channels whose rights may have changed. Who may not view the channel any more is put out of it for good; of
 * whom nothing is known in time is ended as broken: nothing more is handed to them before they have joined, and been asked about, again.
 */
export class RightsCheck {
  readonly #deps: RightsCheckDeps
  readonly #deadlineMs: number
  readonly #outage: Outage

  constructor(deps: RightsCheckDeps, deadlineMs = DEADLINE_MS) {
    this.#deps = deps
    this.#deadlineMs = deadlineMs
    this.#outage = new Outage({ log: deps.log, name: 'the check of changed rights (core)' })
  }

  /** Checks these joins. Resolves when each is decided; never rejects. */
  async check(joins: readonly Join<User>[]): Promise<void> {
    const groups = [...groupByWish(joins).values()]
    const questions = []
    for (let from = 0; from < groups.length; from += MAX_WISHES)
      questions.push(this.#ask(groups.slice(from, from + MAX_WISHES)))
    await Promise.all(questions)
  }

  async #ask(groups: readonly Group[]): Promise<void> {
    const open = groups.flatMap(({ joins }) => joins)
    const late = setTimeout(() => crashAll(open), this.#deadlineMs)
    try {
      const verdicts = await this.#deps.ask(groups.map(({ wish }) => wish))
      groups.forEach(({ joins }, index) => apply(joins, verdicts[index]))
      this.#outage.ended()
    } catch (error) {
      this.#outage.failed(error)
      crashAll(open)
    } finally {
      clearTimeout(late)
    }
  }
}

/** The joins of one user in one channel: one question for all of them. */
type Group = { wish: JoinWish; joins: Join<User>[] }

function groupByWish(joins: readonly Join<User>[]): Map<string, Group> {
  const groups = new Map<string, Group>()
  for (const join of joins) {
    const userId = join.connection.state.id
    const key = `${userId}\0${join.topic}`
    const group = groups.get(key)
    if (group) group.joins.push(join)
    else
      groups.set(key, {
        wish: JoinWish.fromPartial({ userId, channelId: toChannelId(join.topic) }),
        joins: [join],
      })
  }
  return groups
}

function toChannelId(topic: string): string {
  return topic.slice(topic.indexOf(':') + 1)
}

function apply(joins: readonly Join<User>[], verdict: JoinVerdict | undefined): void {
  if (verdict?.outcome?.$case === 'permission') return
  if (verdict?.outcome?.$case === 'refusal') joins.forEach((join) => join.close())
  else crashAll(joins)
}

function crashAll(joins: readonly Join<User>[]): void {
  for (const join of joins) join.crash()
}
