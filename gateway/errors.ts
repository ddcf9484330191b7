import type { Refusal } from '../gen/recado/v1/types.js'
import { RecadoError, type ErrorCode } from '../lib/errors.js'
import { fromStatusNumber } from '../lib/grpc/status.js'

/** An error as WebSocket clients read it, in replies and in `message:rejected`. */
export type ErrorReply = {
  code: ErrorCode
  /** What the reader should know or do. */
  reason: string
  /** Whether the same command may succeed later. */
  retryable: boolean
  /** How long to wait before that, in milliseconds. */
  retry_after_ms?: number
}

/** gRPC words these itself when a connection fails, and names addresses in them. */
const fixedTexts: Partial<Record<ErrorCode, string>> = {
  internal: RecadoError.from(undefined).message,
  unavailable: 'A service behind this one is away. It may have happened all the same; try again shortly.',
  deadline_exceeded: 'No answer came in time. It may have happened all the same; try again shortly.',
}

/** Turns whatever was thrown into an error that is safe to show outside: nothing in it tells how the inside looks. */
export function toShownError(thrown: unknown): RecadoError {
  const error = RecadoError.from(thrown)
  const text = fixedTexts[error.code]
  if (text === undefined || !isFromGrpc(error)) return error
  const { code, retryable, cause } = error
  return new RecadoError(code, text, { retryable, cause })
}

/** Translates an error for WebSocket clients. */
export function toErrorReply(thrown: unknown): ErrorReply {
  const { code, message, retryable, retryAfterMs } = toShownError(thrown)
  return {
    code,
    reason: message,
    retryable,
    ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
  }
}

/** The error that a refusal of core or consumer means. */
export function fromRefusal(refusal: Refusal): RecadoError {
  return new RecadoError(fromStatusNumber(refusal.code), refusal.reason)
}

function isFromGrpc({ cause }: RecadoError): boolean {
  return cause instanceof Error && 'details' in cause && 'metadata' in cause
}
