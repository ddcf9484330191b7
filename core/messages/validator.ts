import type { Candidate, Verdict } from '../../gen/recado/v1/messages_service.js'
import type { Database } from '../../ports/database/database.js'
import { assertBatch } from '../requests/batch-rules.js'
import { decide, refuseReply, type Target } from './message-rules.js'
import type { ReplyTargets } from './reply-targets.js'
import { readTargets } from './targets.js'

/** Decides messages that somebody wants to write. */
export class Validator {
  readonly #database: Database
  readonly #replyTargets: ReplyTargets

  constructor(deps: { database: Database; replyTargets: ReplyTargets }) {
    this.#database = deps.database
    this.#replyTargets = deps.replyTargets
  }

  /**
   * Decides a batch with one query, and one read of the log where something is answered; the verdicts are in the order of the
   * candidates.
   * @throws `invalid_argument` for too large a batch, `unavailable`
   */
  async validate(candidates: readonly Candidate[]): Promise<Verdict[]> {
    assertBatch(candidates)
    const targets = await this.#database.read((handle) => readTargets(handle, candidates))
    const verdicts = candidates.map((candidate, index) => decide(candidate, targets[index]))
    await this.#checkReplies(candidates, targets, verdicts)
    return verdicts
  }

  async #checkReplies(
    candidates: readonly Candidate[],
    targets: readonly (Target | undefined)[],
    verdicts: Verdict[],
  ): Promise<void> {
    const replies = candidates.flatMap(({ channelId, replyTo }, index) => {
      const outcome = verdicts[index]?.outcome
      if (replyTo === undefined || outcome?.$case !== 'permission') return []
      return [{ index, permission: outcome.value, channelId, replyTo, headSeq: targets[index]?.headSeq ?? 0 }]
    })
    const areThere = await this.#replyTargets.areThere(replies)
    replies.forEach(({ index, permission }, nth) => {
      if (areThere[nth] === undefined) permission.replyToUnchecked = true
      else if (!areThere[nth]) verdicts[index] = refuseReply()
    })
  }
}
