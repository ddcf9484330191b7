import { MAX_CONTENT_CHARACTERS } from '../../contract/limits.js'
import { replyNotFound, toRefusal } from '../../contract/refusals.js'
import type { Candidate, Verdict } from '../../gen/recado/v1/messages_service.js'
import { RecadoError } from '../../lib/errors.js'
import { checkText } from '../../lib/text.js'
import { holdsWord } from '../moderation/words.js'
import { findDenial, toStanding } from '../rights/rights.js'

/** What was found of the place that a candidate is for; there is none where its sender may not see the channel. */
export type Target = {
  /** Empty in a direct. */
  serverId: string
  /** Null in a direct. */
  ownerId: string | null
  /** How far the channel is. */
  headSeq: number
  blockedWords: readonly string[]
  /** Whether the session that the candidate came through is not signed out; true where it names none. */
  isSignedIn: boolean
}

/**
 * Decides one candidate: is its text in order, may its sender write there, was it signed out meanwhile, does it pass moderation.
 * The first fault counts.
 */
export function decide(candidate: Candidate, target: Target | undefined): Verdict {
  const fault =
    findTextFault(candidate.content) ??
    findDenial(toStanding(candidate.senderId, target?.ownerId), 'send_messages', 'channel') ??
    (target?.isSignedIn === false ? signedOut() : undefined) ??
    (candidate.moderated ? undefined : moderate(candidate.content, target?.blockedWords ?? []))
  return fault ? refuse(fault) : permit(target?.serverId ?? '')
}

/** The verdict on a candidate that answers what is not in its channel. */
export function refuseReply(): Verdict {
  return refuse(replyNotFound())
}

function permit(serverId: string): Verdict {
  return {
    outcome: {
      $case: 'permission',
      value: { serverId, mentions: [], mentionsEveryone: false, mayNotify: false, replyToUnchecked: false },
    },
  }
}

function refuse(error: RecadoError): Verdict {
  return { outcome: { $case: 'refusal', value: toRefusal(error) } }
}

function findTextFault(content: string): RecadoError | undefined {
  const fault = checkText(content, MAX_CONTENT_CHARACTERS)
  if (fault === undefined) return undefined
  return new RecadoError('invalid_argument', `The text ${fault}.`, { details: { content: fault } })
}

function signedOut(): RecadoError {
  return new RecadoError('permission_denied', 'The session was signed out before the message was stored.', {
    reason: 'SIGNED_OUT',
  })
}

function moderate(content: string, blockedWords: readonly string[]): RecadoError | undefined {
  if (!holdsWord(content, blockedWords)) return undefined
  return new RecadoError('permission_denied', 'The message breaks the rule `blocked_words`.', {
    reason: 'BLOCKED_WORD',
  })
}
