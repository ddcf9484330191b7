import type { Candidate, Verdict } from '../../gen/recado/v1/messages_service.js'
import { ErrorCode, type Refusal } from '../../gen/recado/v1/types.js'
import { checkText } from '../../lib/text.js'
import { MAX_CONTENT_CHARACTERS } from '../../contract/limits.js'
import { CHANNEL_NOT_FOUND } from '../channels/channel-rules.js'
import { holdsWord } from '../moderation/words.js'

/** The right to write to a channel, and what its server does not want to read. */
export type WriteRight = { serverId: string; blockedWords: readonly string[] }

/** Decides one candidate: is its text in order, may its sender write there, does it pass moderation. The first fault counts. */
export function decide(candidate: Candidate, right: WriteRight | undefined): Verdict {
  const refusal =
    checkContent(candidate.content) ??
    checkRight(right) ??
    (candidate.moderated ? undefined : moderate(candidate.content, right?.blockedWords ?? []))
  if (refusal) return { outcome: { $case: 'refusal', value: refusal } }
  return { outcome: { $case: 'permission', value: { serverId: right?.serverId ?? '' } } }
}

function checkContent(content: string): Refusal | undefined {
  const fault = checkText(content, MAX_CONTENT_CHARACTERS)
  return fault
    ? {
        code: ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
        reason: 'INVALID_ARGUMENT',
        message: `The text ${fault}.`,
      }
    : undefined
}

function checkRight(right: WriteRight | undefined): Refusal | undefined {
  return right
    ? undefined
    : { code: ErrorCode.ERROR_CODE_NOT_FOUND, reason: 'NOT_FOUND', message: CHANNEL_NOT_FOUND }
}

function moderate(content: string, blockedWords: readonly string[]): Refusal | undefined {
  if (!holdsWord(content, blockedWords)) return undefined
  return {
    code: ErrorCode.ERROR_CODE_PERMISSION_DENIED,
    reason: 'BLOCKED_WORD',
    message: 'The message breaks the rule `blocked_words`.',
  }
}
