import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** Answers an upgrade request with this HTTP status and an empty body, then ends its socket. */
export function refuse(socket: Duplex, status: number, retryAfterMs?: number): void {
  const retryAfter = retryAfterMs === undefined ? '' : `Retry-After: ${Math.ceil(retryAfterMs / 1000)}\r\n`
  socket.once('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\n${retryAfter}Content-Length: 0\r\n\r\n`,
  )
}
