import type { IncomingMessage } from 'node:http'
import proxyAddr from '@fastify/proxy-addr'
import type { HttpConfig } from './config.js'

/**
 * Tells the address of the client behind a request that no route sees, an upgrade, as the routes see it (`request.ip`): the last one
 * in `X-Forwarded-For` that is no trusted proxy's.
 */
export function addressReader(trustProxy: HttpConfig['trustProxy']): (request: IncomingMessage) => string {
  if (trustProxy === false) return ({ socket }) => socket.remoteAddress ?? ''
  const trusts =
    trustProxy === true ? () => true : proxyAddr.compile(trustProxy.split(',').map((each) => each.trim()))
  return (request) => proxyAddr(request, trusts) ?? ''
}
