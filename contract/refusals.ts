import { ErrorCode, type Refusal } from '../gen/recado/v1/types.js'
import { RecadoError } from '../lib/errors.js'
import { fromStatusNumber, toStatusNumber } from '../lib/grpc/status.js'

/** The refusal that an error means: what a batch answers where a single call would throw. */
export function toRefusal({ code, reason, message }: RecadoError): Refusal {
  const number: number = toStatusNumber(code)
  return {
    code: number in ErrorCode ? (number as ErrorCode) : ErrorCode.ERROR_CODE_UNAVAILABLE,
    reason,
    message,
  }
}

/** The error that a refusal means. */
export function fromRefusal({ code, reason, message }: Refusal): RecadoError {
  return new RecadoError(fromStatusNumber(code), message, reason ? { reason } : {})
}
