import type { FastifyReply } from 'fastify'
import { RecadoError, type ErrorCode } from '../../lib/errors.js'
import { toShownError } from '../errors.js'

/** The HTTP status of each error code. */
export const statuses = {
  invalid_argument: 400,
  failed_precondition: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  already_exists: 409,
  aborted: 409,
  resource_exhausted: 429,
  internal: 500,
  unimplemented: 501,
  unavailable: 503,
  deadline_exceeded: 504,
} as const satisfies Record<ErrorCode, number>

/** Faults of HTTP itself keep HTTP's own status and are `invalid_argument`. */
const transportTexts: Record<number, string> = {
  408: 'The request took too long to come.',
  413: 'The body is larger than this request ever needs.',
  414: 'A part of the path is too long.',
  415: 'Send the body as JSON, with `Content-Type: application/json`.',
  431: 'The headers are too large.',
}

/** An error as HTTP clients read it. */
export type ErrorJson = {
  error: {
    code: ErrorCode
    /** The stable name of the reason, in upper case. */
    reason: string
    message: string
    retryable: boolean
    /** Fields that are at fault, each with what to do. */
    details?: Readonly<Record<string, string>>
  }
}

/** An error on its way out: the HTTP status, the headers that go with it, the body. */
export type HttpError = { status: number; headers: Record<string, string>; body: ErrorJson }

/** Translates whatever was thrown, the HTTP library's own errors included. */
export function toHttpError(thrown: unknown): HttpError {
  const transport = transportStatus(thrown)
  if (transport !== undefined)
    return { status: transport, headers: {}, body: toBody(transportError(transport)) }
  const error = toShownError(thrown)
  return { status: statuses[error.code], headers: toHeaders(error), body: toBody(error) }
}

/** Answers with an error. */
export function sendHttpError(reply: FastifyReply, { status, headers, body }: HttpError): FastifyReply {
  return reply.code(status).headers(headers).type('application/json; charset=utf-8').send(body)
}

/** The error of a fault of HTTP itself. */
export function transportError(status: number): RecadoError {
  return new RecadoError(
    'invalid_argument',
    transportTexts[status] ?? 'The request is not in order: HTTP cannot read it.',
    { retryable: status === 408 },
  )
}

function transportStatus(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || thrown instanceof RecadoError || !('statusCode' in thrown))
    return undefined
  const status = thrown.statusCode
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined
}

function toBody({ code, reason, message, retryable, details }: RecadoError): ErrorJson {
  return { error: { code, reason, message, retryable, ...(details && { details }) } }
}

function toHeaders({ code, retryAfterMs }: RecadoError): Record<string, string> {
  if (code === 'unauthenticated') return { 'www-authenticate': 'Bearer' }
  if (code === 'resource_exhausted' || retryAfterMs !== undefined)
    return { 'retry-after': String(Math.max(1, Math.ceil((retryAfterMs ?? 1_000) / 1_000))) }
  return {}
}
