import type { Candidate, Verdict } from '../../gen/recado/v1/messages_service.js'
import type { QueuedCommand } from '../../gen/recado/v1/payload.js'
import { ErrorCode } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import { checkPart, checkText, type TextFault } from '../../lib/text.js'
import { MAX_CONTENT_CHARACTERS } from '../../contract/limits.js'
import { contentOf, toCandidate } from '../../contract/commands.js'
import type { Entry } from './entry.js'

/** Decides messages: core. The verdicts are in the order of the candidates. */
export type VerdictSource = { submit(candidates: readonly Candidate[]): Promise<readonly Verdict[]> }

/** Older than this, in milliseconds, a verdict is asked for again before the write: rights may have been lost since. */
export const VERDICT_LASTS_MS = 2_000

/**
 * Decides every entry that is not stored yet and has no verdict that lasts, in one call to core. A verdict is as old as its question,
 * for nobody knows when core has looked. One that took longer than it lasts is asked for once more; the second counts from its
 * answer, so that a slow core makes storing slow and does not end it.
 */
export async function validate(entries: readonly Entry[], validator: VerdictSource): Promise<void> {
  const open = entries.filter((entry) => !entry.event && isStale(entry))
  const sound = open.filter(isSound)
  const askedAt = performance.now()
  const verdicts = sound.length > 0 ? await ask(sound, validator) : []
  const answeredAt = performance.now()
  sound.forEach((entry, index) => apply(entry, verdicts[index]))
  for (const entry of open) {
    entry.validatedAt = entry.isVerdictLate ? answeredAt : askedAt
    entry.isVerdictLate = answeredAt - askedAt > VERDICT_LASTS_MS
  }
}

/** Whether it must be validated, again or for the first time, before it is written. */
export function isStale({ validatedAt }: Entry): boolean {
  return validatedAt === undefined || performance.now() - validatedAt > VERDICT_LASTS_MS
}

/** Whether its verdict has grown too old before it could be written. */
export function isOverdue(entry: Entry): boolean {
  return !entry.event && entry.validatedAt !== undefined && isStale(entry)
}

/** Text that is not well-formed would not reach core as it is, so the consumer refuses it by itself. */
function isSound(entry: Entry): boolean {
  const fault = findTextFault(entry.payload)
  if (fault)
    entry.refusal = {
      code: ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
      reason: 'INVALID_ARGUMENT',
      message: `The message ${fault}.`,
    }
  return !fault
}

function findTextFault({ command }: QueuedCommand): TextFault {
  switch (command?.$case) {
    case 'append':
      return checkPart(command.value.text, MAX_CONTENT_CHARACTERS)
    case 'delete':
    case 'react':
      return undefined
    default:
      return checkText(contentOf(command), MAX_CONTENT_CHARACTERS)
  }
}

/**
 * Whatever core answers but verdicts says nothing about the messages: it is older, its token is another, its database is away.
 * @throws `unavailable` then.
 */
async function ask(entries: readonly Entry[], validator: VerdictSource): Promise<readonly Verdict[]> {
  try {
    return await validator.submit(
      entries.map(({ payload }) => Object.assign(toCandidate(payload), { isQueued: true })),
    )
  } catch (cause) {
    if (!(cause instanceof RecadoError)) throw cause
    throw new RecadoError('unavailable', `Core does not validate: ${cause.message}`, { cause })
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
