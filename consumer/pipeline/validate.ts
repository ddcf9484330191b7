import type { Candidate, Verdict } from '../../gen/recado/v1/messages_service.js'
import { ErrorCode } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import { checkText } from '../../lib/text.js'
import type { History } from '../../ports/history/history.js'
import { MAX_CONTENT_CHARACTERS } from '../../contract/limits.js'
import { contentOf } from '../../contract/payload.js'
import type { Batch, Entry } from './entry.js'
import { adoptStored } from './repeats.js'

/** Asks core about a group of candidates; the verdicts are in their order. */
export type Validator = { submit(candidates: readonly Candidate[]): Promise<readonly Verdict[]> }

/** Older than this, in milliseconds, a validation is repeated before the write: rights may have been lost since. */
export const VALIDATION_LASTS_MS = 2_000

/**
 * Decides every entry that is not stored yet, in one call to core. An entry that is refused is looked up before: what is stored is
 * a repeat, whatever has changed since.
 */
export async function validate(batch: Batch, validator: Validator, history: History): Promise<void> {
  const open = batch.entries.filter((entry) => !entry.event)
  if (open.length === 0) return
  const askedAt = performance.now()
  const sound = open.filter((entry) => isSound(entry))
  const verdicts = sound.length > 0 ? await ask(sound, validator) : []
  sound.forEach((entry, index) => apply(entry, verdicts[index]))
  batch.validatedAt = askedAt
  await adoptStored(
    open.filter(({ refusal }) => refusal),
    history,
  )
}

/**
 * Whatever core answers but verdicts says nothing about the messages: it is older, its token is another, its database is away.
 * @throws `unavailable` then.
 */
async function ask(entries: readonly Entry[], validator: Validator): Promise<readonly Verdict[]> {
  try {
    return await validator.submit(entries.map(toCandidate))
  } catch (cause) {
    if (!(cause instanceof RecadoError)) throw cause
    throw new RecadoError('unavailable', `Core does not validate: ${cause.message}`, { cause })
  }
}

/** Whether the batch must be validated again before it is written. */
export function isStale(batch: Batch): boolean {
  return performance.now() - batch.validatedAt > VALIDATION_LASTS_MS
}

/** Text that is not well-formed would not reach core as it is, so the consumer refuses it by itself. */
function isSound(entry: Entry): boolean {
  const fault = checkText(contentOf(entry.payload), MAX_CONTENT_CHARACTERS)
  if (fault)
    entry.refusal = {
      code: ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
      reason: 'INVALID_ARGUMENT',
      message: `The message ${fault}.`,
    }
  return !fault
}

function toCandidate({ payload }: Entry): Candidate {
  return {
    senderId: payload.senderId,
    channelId: payload.channelId,
    content: contentOf(payload),
    moderated: payload.moderated,
    sessionId: payload.sessionId,
    replyTo: payload.replyTo,
  }
}

/** @throws `unavailable` without a verdict that is known: what nobody has decided is held, not done with. */
function apply(entry: Entry, verdict: Verdict | undefined): void {
  delete entry.permission
  delete entry.refusal
  const outcome = verdict?.outcome
  if (outcome?.$case === 'permission') entry.permission = outcome.value
  else if (outcome?.$case === 'refusal') entry.refusal = outcome.value
  else
    throw new RecadoError(
      'unavailable',
      'Core gave no verdict that this consumer knows. Is one of them older?',
    )
}
