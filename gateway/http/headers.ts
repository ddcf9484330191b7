import type { FastifyReply, FastifyRequest } from 'fastify'
import { toOriginCheck, type OriginRule } from '../../lib/origins.js'
import type { HttpApp } from './app.js'

/** Headers of every answer: browsers are to guess, embed, keep and pass on nothing. */
const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const

/** Sets the headers that every answer has; a route may set its own over them. */
export function setCommonHeaders(reply: FastifyReply, requestId: string): void {
  reply.headers({ ...securityHeaders, 'x-request-id': requestId })
}

/** What pages of other origins may send. Tokens travel in a header, never in a cookie, so credentials are not allowed. */
const allowed = {
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': 'authorization, content-type, idempotency-key',
  /** Two hours: the most that browsers keep it. */
  'access-control-max-age': '7200',
}

/** What they may read of an answer beyond what every page may. */
const exposed = { 'access-control-expose-headers': 'retry-after, x-request-id' }

/**
 * Lets pages of other origins call, by the rule that holds for WebSockets too, and answers their preflights (the Fetch standard, CORS
 * protocol). Others get their answer without the headers, so that their browser keeps it from them.
 */
export function addCors(app: HttpApp, rule: OriginRule): void {
  const mayCall = toOriginCheck(rule)
  app.addHook('onRequest', async (request, reply) => {
    const { origin, host } = request.headers
    reply.header('vary', 'origin')
    const isAllowed = origin !== undefined && mayCall(origin, host)
    if (isAllowed) reply.headers({ 'access-control-allow-origin': origin, ...exposed })
    if (!isPreflight(request)) return
    if (isAllowed) reply.headers(allowed)
    await reply.code(204).send()
  })
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && 'access-control-request-method' in headers
}
