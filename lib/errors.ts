/** The closed list of error codes, named after gRPC's and written in lower case as they appear on every face. */
export type ErrorCode =
  | 'invalid_argument'
  | 'not_found'
  | 'already_exists'
  | 'permission_denied'
  | 'unauthenticated'
  | 'resource_exhausted'
  | 'failed_precondition'
  | 'aborted'
  | 'unimplemented'
  | 'unavailable'
  | 'deadline_exceeded'
  | 'internal'

const retryableCodes: ReadonlySet<ErrorCode> = new Set([
  'resource_exhausted',
  'aborted',
  'unavailable',
  'deadline_exceeded',
  'internal',
])

/** What an `internal` error shows outside: its cause is for the logs only. */
const INTERNAL_MESSAGE =
  'Something went wrong on our side. Try again; if it stays, tell whoever runs this server.'

/** What an error may carry beside its code and message. */
export type ErrorOptions = {
  /** Why, for the logs only; never shown outside. */
  cause?: unknown
  /** Whether the same request may succeed later. Default: by the code. */
  retryable?: boolean
  /** How long to wait before the next try, in milliseconds. */
  retryAfterMs?: number
  /** The stable name of the reason, in upper case, for programs. Default: the code's. */
  reason?: string
  /** Fields that are at fault, by name, each with what to do. Safe to show. */
  details?: Readonly<Record<string, string>>
}

/** The one error of the product. Its message tells the reader what to do and is safe to show. */
export class RecadoError extends Error {
  override readonly name = 'RecadoError'
  readonly code: ErrorCode
  /** The stable name of the reason, in upper case: what a program may decide by. */
  readonly reason: string
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  readonly details: Readonly<Record<string, string>> | undefined

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.reason = options.reason ?? code.toUpperCase()
    this.retryable = options.retryable ?? retryableCodes.has(code)
    this.retryAfterMs = options.retryAfterMs
    this.details = options.details
  }

  /** Turns whatever was thrown into a `RecadoError`; the unknown becomes `internal` with a fixed text and the cause kept. */
  static from(thrown: unknown): RecadoError {
    if (thrown instanceof RecadoError) return thrown
    return new RecadoError('internal', INTERNAL_MESSAGE, { cause: thrown })
  }
}
