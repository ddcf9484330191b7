import { toKindId } from '../../contract/commands.js'
import { findChangeFault } from '../../contract/change-rules.js'
import { replyNotFound, toRefusal } from '../../contract/refusals.js'
import type { Candidate, Verdict } from '../../gen/recado/v1/messages_service.js'
import type { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import { mayNotify } from '../notifications/may-notify.js'
import { assertBatch } from '../requests/batch-rules.js'
import { permits } from '../rights/rights.js'
import { findViewers, isSeenBy, toMentions, type Mentions } from './mentions.js'
import { findFault, mayManage, type Target } from './message-rules.js'
import type { FoundMessage, NamedMessages } from './named-messages.js'
import { isSlowed, SlowMode } from './slow-mode.js'
import { readTargets } from './targets.js'

/** A candidate on its way through the decision. Each step may refuse it; what is refused goes no further. */
type Case = {
  readonly candidate: Candidate
  readonly target: Target | undefined
  fault: RecadoError | undefined
  /** Set where the log did not tell whether what is answered is there. */
  replyToUnchecked: boolean
  /** Set where the text mentions somebody who may see it. */
  mentions: Mentions
}

/** Decides what somebody wants to do in a channel: to write a message, or to change one. */
export class Validator {
  readonly #database: Database
  readonly #namedMessages: NamedMessages
  readonly #slowMode: SlowMode

  constructor(deps: { database: Database; namedMessages: NamedMessages }) {
    this.#database = deps.database
    this.#namedMessages = deps.namedMessages
    this.#slowMode = new SlowMode(deps)
  }

  /**
   * Decides a batch with one query, one read of the log where a message is answered or changed, and one more where slow mode holds; the
   * verdicts are in the order of the candidates.
   * @throws `invalid_argument` for too large a batch, `unavailable`
   */
  async validate(candidates: readonly Candidate[]): Promise<Verdict[]> {
    assertBatch(candidates)
    const targets = await this.#database.read((handle) => readTargets(handle, candidates))
    const cases = candidates.map((candidate, index) => ({
      candidate,
      target: targets[index],
      fault: findFault(candidate, targets[index]),
      replyToUnchecked: false,
      mentions: { userIds: [], everyone: false },
    }))
    await this.#checkNamed(cases)
    await this.#slowDown(cases)
    await this.#findMentions(cases)
    return cases.map(toVerdict)
  }

  /** One query more where texts mention users. */
  async #findMentions(cases: readonly Case[]): Promise<void> {
    const mentioning = cases.flatMap((each) => {
      const { userIds, everyone } = each.fault ? nobody : toMentions(each.candidate.content)
      return userIds.length > 0 || everyone ? [{ each, userIds, everyone }] : []
    })
    if (mentioning.length === 0) return
    const asked = mentioning.flatMap(({ each, userIds }) =>
      userIds.map((userId) => ({ channelId: each.candidate.channelId, userId })),
    )
    const viewers = await this.#database.read((handle) => findViewers(handle, asked))
    for (const { each, userIds, everyone } of mentioning) {
      const { channelId } = each.candidate
      each.mentions = {
        userIds: userIds.filter((userId) => isSeenBy(viewers, { channelId, userId })),
        everyone: everyone && permits(each.target?.permissions ?? 0, 'mention_everyone'),
      }
    }
  }

  /** A change that is stored already is a repeat, whatever has become of its message since: whoever stores it tells so. */
  async #permitRepeats(cases: readonly Case[]): Promise<void> {
    const refused = cases.flatMap((each) => {
      const { kind, messageId, nonce, channelId, senderId } = each.candidate
      if (!each.fault || messageId === undefined || nonce === undefined) return []
      const id = toKindId(kind, { channelId, senderId, nonce, attempt: '' })
      return [{ each, name: { channelId, id, headSeq: each.target?.headSeq ?? 0 } }]
    })
    const stored = await this.#namedMessages.areStored(refused.map(({ name }) => name))
    refused.forEach(({ each }, nth) => {
      if (stored[nth]) each.fault = undefined
    })
  }

  async #checkNamed(cases: readonly Case[]): Promise<void> {
    const naming = cases.filter(({ candidate, fault }) => !fault && nameOf(candidate) !== undefined)
    const names = naming.map(({ candidate, target }) => ({
      channelId: candidate.channelId,
      id: nameOf(candidate) ?? '',
      headSeq: target?.headSeq ?? 0,
    }))
    const found = await this.#namedMessages.find(names)
    naming.forEach((each, nth) => {
      const message = found[nth] ?? 'unknown'
      each.fault = findNamedFault(each, message)
      each.replyToUnchecked = message === 'unknown' && each.candidate.replyTo !== undefined
    })
    await this.#permitRepeats(naming)
  }

  /** Last of all: whoever is refused for something else has not used their turn up. */
  async #slowDown(cases: readonly Case[]): Promise<void> {
    const slowed = cases.filter(({ candidate, target, fault }) => !fault && isSlowed(candidate, target))
    const faults = await this.#slowMode.take(slowed as (Case & { target: Target })[])
    slowed.forEach((each, nth) => (each.fault = faults[nth]))
  }
}

/** The message that must be in the log: a change's, or the one that is answered. */
function nameOf({ messageId, replyTo }: Candidate): string | undefined {
  return messageId ?? replyTo
}

function findNamedFault({ candidate, target }: Case, found: FoundMessage): RecadoError | undefined {
  if (found === 'unknown') return undefined
  const { kind, senderId, messageId } = candidate
  if (messageId !== undefined)
    return findChangeFault({ kind, senderId, mayManage: mayManage(target) }, found.message)
  return found.message ? undefined : replyNotFound()
}

const nobody: Mentions = { userIds: [], everyone: false }

function toVerdict({ candidate, target, fault, replyToUnchecked, mentions }: Case): Verdict {
  if (fault) return { outcome: { $case: 'refusal', value: toRefusal(fault) } }
  const value = {
    serverId: target?.serverId ?? '',
    mentions: mentions.userIds,
    mentionsEveryone: mentions.everyone,
    mayNotify:
      target !== undefined && mayNotify(candidate, target, mentions.userIds.length > 0 || mentions.everyone),
    replyToUnchecked,
    mayManage: mayManage(target),
  }
  return { outcome: { $case: 'permission', value } }
}
