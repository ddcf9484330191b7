import { Metadata, status, type ServiceError, type StatusObject } from '@grpc/grpc-js'
import { Any } from '../../gen/google/protobuf/any.js'
import { BadRequest, ErrorInfo, RetryInfo } from '../../gen/google/rpc/error_details.js'
import { Status } from '../../gen/google/rpc/status.js'
import { RecadoError, type ErrorCode } from '../errors.js'

const numbers: Record<ErrorCode, status> = {
  invalid_argument: status.INVALID_ARGUMENT,
  deadline_exceeded: status.DEADLINE_EXCEEDED,
  not_found: status.NOT_FOUND,
  already_exists: status.ALREADY_EXISTS,
  permission_denied: status.PERMISSION_DENIED,
  resource_exhausted: status.RESOURCE_EXHAUSTED,
  failed_precondition: status.FAILED_PRECONDITION,
  aborted: status.ABORTED,
  unimplemented: status.UNIMPLEMENTED,
  internal: status.INTERNAL,
  unavailable: status.UNAVAILABLE,
  unauthenticated: status.UNAUTHENTICATED,
}
const codes = new Map(Object.entries(numbers).map(([code, number]) => [number, code as ErrorCode]))

const DETAILS_KEY = 'grpc-status-details-bin'
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest'
const ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo'
/** Who names the reasons. */
const DOMAIN = 'recado'
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo'

/** gRPC's number of a code. */
export function toStatusNumber(code: ErrorCode): number {
  return numbers[code]
}

/** The code with this number; `internal` for those that the product does not use. */
export function fromStatusNumber(number: number): ErrorCode {
  return codes.get(number) ?? 'internal'
}

/** Translates an error into a gRPC status with `google.rpc` details. The cause stays here. */
export function toGrpcStatus(thrown: unknown): StatusObject {
  const error = RecadoError.from(thrown)
  const metadata = new Metadata()
  const rich = Status.fromPartial({
    code: numbers[error.code],
    message: error.message,
    details: toDetails(error),
  })
  metadata.set(DETAILS_KEY, Buffer.from(Status.encode(rich).finish()))
  return { code: numbers[error.code], details: error.message, metadata }
}

function toDetails(error: RecadoError): Any[] {
  const info = ErrorInfo.encode(ErrorInfo.fromPartial({ reason: error.reason, domain: DOMAIN })).finish()
  const details = [Any.fromPartial({ typeUrl: ERROR_INFO, value: Buffer.from(info) })]
  if (error.details) {
    const fieldViolations = Object.entries(error.details).map(([field, description]) => ({
      field,
      description,
    }))
    const value = BadRequest.encode(BadRequest.fromPartial({ fieldViolations })).finish()
    details.push(Any.fromPartial({ typeUrl: BAD_REQUEST, value: Buffer.from(value) }))
  }
  if (error.retryAfterMs !== undefined) {
    const retryDelay = {
      seconds: Math.floor(error.retryAfterMs / 1000),
      nanos: (error.retryAfterMs % 1000) * 1_000_000,
    }
    const value = RetryInfo.encode(RetryInfo.fromPartial({ retryDelay })).finish()
    details.push(Any.fromPartial({ typeUrl: RETRY_INFO, value: Buffer.from(value) }))
  }
  return details
}

/** Translates what a gRPC call rejected with. A connection that failed under the call is `unavailable`. */
export function fromGrpcError(thrown: unknown): RecadoError {
  if (!isServiceError(thrown)) return RecadoError.from(thrown)
  const code = thrown.code === status.CANCELLED ? 'unavailable' : fromStatusNumber(thrown.code)
  return new RecadoError(code, thrown.details || 'The service did not answer. Try again.', {
    cause: thrown,
    ...fromDetails(thrown.metadata?.get(DETAILS_KEY)[0]),
  })
}

type Details = { reason?: string; details?: Record<string, string>; retryAfterMs?: number }

function fromDetails(encoded: string | Buffer | undefined): Details {
  if (!Buffer.isBuffer(encoded)) return {}
  const found: Details = {}
  for (const { typeUrl, value } of Status.decode(encoded).details) {
    if (typeUrl === ERROR_INFO) {
      const { domain, reason } = ErrorInfo.decode(value)
      if (domain === DOMAIN) found.reason = reason
    }
    if (typeUrl === BAD_REQUEST) {
      const { fieldViolations } = BadRequest.decode(value)
      found.details = Object.fromEntries(
        fieldViolations.map(({ field, description }) => [field, description]),
      )
    }
    if (typeUrl === RETRY_INFO) {
      const delay = RetryInfo.decode(value).retryDelay
      if (delay) found.retryAfterMs = delay.seconds * 1000 + delay.nanos / 1_000_000
    }
  }
  return found
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'number' && 'details' in thrown
}
