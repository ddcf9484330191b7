import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ErrorCode } from '../../../lib/errors.js'

/** An upgrade request that gets no WebSocket. */
export type Refusal = {
  status: 400 | 401 | 403 | 404 | 429 | 500 | 503
  /** What the reader should know or do. */
  message: string
  /** Becomes `Retry-After`, in whole seconds. */
  retryAfterMs?: number | undefined
}

const CONTENT_TYPE = 'application/json; charset=utf-8'

const codes: Record<Refusal['status'], ErrorCode> = {
  400: 'invalid_argument',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  429: 'resource_exhausted',
  500: 'internal',
  503: 'unavailable',
}

/** Answers an upgrade request with an HTTP error, its body like those of other HTTP errors, then ends its socket. */
export function refuse(socket: Duplex, refusal: Refusal): void {
  const { status, retryAfterMs } = refusal
  const body = toBody(refusal)
  const headers = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    `Content-Type: ${CONTENT_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfterMs === undefined ? [] : [`Retry-After: ${Math.ceil(retryAfterMs / 1000)}`]),
  ]
  socket.once('finish', () => socket.destroy())
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`)
}

/** Answers an ordinary request as {@link refuse} answers one for an upgrade. */
export function refuseRequest(response: ServerResponse, refusal: Refusal): void {
  const body = toBody(refusal)
  const headers = { 'Content-Type': CONTENT_TYPE, 'Content-Length': Buffer.byteLength(body) }
  response.writeHead(refusal.status, headers).end(body)
}

function toBody({ status, message }: Refusal): string {
  const code = codes[status]
  const retryable = status === 429 || status >= 500
  return JSON.stringify({ error: { code, reason: code.toUpperCase(), message, retryable } })
}
