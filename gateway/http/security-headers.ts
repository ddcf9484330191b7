import type { FastifyReply } from 'fastify'

/** Headers of every answer: browsers are to guess, embed, keep and pass on nothing. */
export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const

/** Sets the headers that every answer has; a route may set its own over them. */
export function setCommonHeaders(reply: FastifyReply, requestId: string): void {
  reply.headers({ ...securityHeaders, 'x-request-id': requestId })
}
