import { ErrorCode, type Refusal } from '../gen/recado/v1/types.js'
import { RecadoError } from '../lib/errors.js'
import { fromStatusNumber, toStatusNumber } from '../lib/grpc/status.js'
import type { Reason } from './reasons.js'

/** The refusal that an error means: what a batch answers where a single call would throw. */
export function toRefusal({ code, reason, message, retryAfterMs }: RecadoError): Refusal {
  const number: number = toStatusNumber(code)
  return {
    code: number in ErrorCode ? (number as ErrorCode) : ErrorCode.ERROR_CODE_UNAVAILABLE,
    reason,
    message,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}

/** What passes although its code stays: the message may be stored in a moment. */
const passing: ReadonlySet<string> = new Set<Reason>(['MESSAGE_NOT_FOUND'])

/** The error that a refusal means. */
export function fromRefusal({ code, reason, message, retryAfterMs }: Refusal): RecadoError {
  return new RecadoError(fromStatusNumber(code), message, {
    ...(reason && { reason }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(passing.has(reason) && { retryable: true }),
  })
}

/** What a message is refused with that answers what is not in its channel. */
export function replyNotFound(): RecadoError {
  return new RecadoError(
    'not_found',
    'The message that this one answers is not in the channel, or not yet stored.',
    {
      reason: 'REPLY_TO_NOT_FOUND',
      details: { reply_to: 'must be the id of a message that is stored in the channel' },
    },
  )
}
