import type { IncomingMessage } from 'node:http'
import type { Serializer } from '../wire/serializer.js'
import { serializerV1 } from '../wire/serializer-v1.js'
import { serializerV2 } from '../wire/serializer-v2.js'
import type { OriginCheck } from '../../../lib/origins.js'
import type { Refusal } from './refuse.js'
import { readOffer } from './subprotocol.js'

/** What an acceptable upgrade request asks for. */
export type Handshake = {
  serializer: Serializer
  /** The `authToken` of the subprotocol header, else the `token` parameter. */
  token: string | undefined
  /** Every query parameter by its name as sent, brackets included; of equal names the last. */
  params: Readonly<Record<string, string>>
}

/** The refusal of a request that is no WebSocket handshake. */
export const noHandshake: Refusal = {
  status: 400,
  message: 'This is no WebSocket handshake: GET, version 13, with a key.',
}

const keyPattern = /^[+/0-9A-Za-z]{22}==$/

/**
 * Checks an upgrade request, in Phoenix's order: path (404), method and WebSocket headers (400), then origin, token,
 * subprotocol and version (403 each). `<mount>/websocket` is the path, with or without a slash behind it.
 *
 * The subprotocol header of the request is cut down to what will be selected: so the token is neither echoed nor kept,
 * and tokens that `ws` would not take for a header token (with a `/`) are understood.
 */
export function readHandshake(
  request: IncomingMessage,
  mount: string,
  mayConnect: OriginCheck,
): Handshake | Refusal {
  if (!isEndpoint(request, mount)) return { status: 404, message: `Connect to ${mount}/websocket.` }
  if (!isWebSocketRequest(request)) return noHandshake
  if (!mayConnect(request.headers.origin, request.headers.host))
    return { status: 403, message: 'Pages of this origin may not connect here.' }
  const offer = readOffer(request.headers['sec-websocket-protocol'])
  if (!offer)
    return { status: 403, message: 'Offer the subprotocol `phoenix`, or none; a token in it must be base64.' }
  const params = Object.fromEntries(new URLSearchParams(splitUrl(request.url)[1]))
  const serializer = serializerFor(params)
  if (!serializer)
    return {
      status: 403,
      message: 'Ask for version 2 of the protocol, `vsn=2.0.0`, or for version 1, `vsn=1.0.0`.',
    }
  setSubprotocol(request, offer.selected)
  return { serializer, token: offer.token ?? params['token'], params }
}

/** The serializer of the `vsn` that is asked for: none or `1.0.x` is version 1, `2.0.x` version 2; undefined for any other. */
function serializerFor(params: Handshake['params']): Serializer | undefined {
  if (Object.keys(params).some((name) => name.startsWith('vsn['))) return undefined
  const [, version] = /^([12])\.0\.(?:0|[1-9]\d*)$/.exec(params['vsn'] ?? '1.0.0') ?? []
  return version === undefined ? undefined : version === '1' ? serializerV1 : serializerV2
}

/** Whether the request's path is where WebSockets of this mount connect. */
export function isEndpoint({ url }: IncomingMessage, mount: string): boolean {
  const [path] = splitUrl(url)
  return path === `${mount}/websocket` || path === `${mount}/websocket/`
}

function splitUrl(url = ''): [path: string, query: string] {
  const mark = url.indexOf('?')
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
}

function isWebSocketRequest({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-version'] === '13' &&
    keyPattern.test(headers['sec-websocket-key'] ?? '')
  )
}

function setSubprotocol(request: IncomingMessage, selected: string | undefined): void {
  if (selected === undefined) delete request.headers['sec-websocket-protocol']
  else request.headers['sec-websocket-protocol'] = selected
}
