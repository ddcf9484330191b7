import { RecadoError, type ErrorCode } from '../lib/errors.js'
import { WRONG_SERVICE_TOKEN } from '../lib/grpc/credentials.js'

/** An error as WebSocket clients read it, in replies and in `message:rejected`. */
export type ErrorReply = {
  code: ErrorCode
  /** The stable name of the reason, in upper case. */
  reason: string
  /** What the reader should know or do. */
  message: string
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
  // It is this program that is not believed, not the user, who must not be signed out for it.
  if (error.reason === WRONG_SERVICE_TOKEN)
    return RecadoError.from(new Error(error.message, { cause: error }))
  const text = fixedTexts[error.code]
  if (text === undefined || !isFromGrpc(error)) return error
  const { code, reason, retryable, cause } = error
  return new RecadoError(code, text, { reason, retryable, cause })
}

/** Translates an error for WebSocket clients. */
export function toErrorReply(thrown: unknown): ErrorReply {
  const { code, reason, message, retryable, retryAfterMs } = toShownError(thrown)
  return {
    code,
    reason,
    message,
    retryable,
    ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
  }
}

function isFromGrpc({ cause }: RecadoError): boolean {
  return cause instanceof Error && 'details' in cause && 'metadata' in cause
}
