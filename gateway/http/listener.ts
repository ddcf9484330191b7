import {
  createServer,
  IncomingMessage,
  STATUS_CODES,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import proxyAddr from '@fastify/proxy-addr'
import { cannotListen } from '../../lib/address.js'
import type { HttpConfig } from './config.js'
import { toHttpError, transportError } from './errors.js'

/** Takes an upgrade request, and owns its socket from then on. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** Who gets what comes in. */
export type Answerer = { request: RequestListener; upgrade: UpgradeListener }

/** How long requests in hand may take once it closes, in milliseconds: longer than any of ours takes. */
const CLOSE_DEADLINE_MS = 8_000

const wish = Symbol('wish to upgrade')

/**
 * A request that wishes for anything but a WebSocket is an ordinary one: a server may ignore the header `Upgrade` (RFC 9110 §7.8), and
 * clients send it with every first request (`h2c`). Node asks for `upgrade` once the headers are there.
 */
class Request extends IncomingMessage {
  [wish]: unknown

  get upgrade(): boolean {
    if (this[wish] !== true) return false
    return this.method === 'CONNECT' || this.headers.upgrade?.toLowerCase() === 'websocket'
  }

  set upgrade(value: unknown) {
    this[wish] = value
  }
}

/**
 * The port of HTTP and WebSocket. It listens before there is anything to answer with: what comes in goes to whoever answers now. Once
 * it is told to, every answer ends its connection.
 */
export class Listener {
  readonly #server: ReturnType<typeof createServer>
  readonly #inHand = new Set<ServerResponse>()
  /** Connections without a request in hand: Node counts one that has never asked as busy. */
  readonly #idle = new Set<Socket>()
  #answerer: Answerer
  #isLeaving = false

  constructor(config: HttpConfig, answerer: Answerer) {
    const { headersTimeoutMs, requestTimeoutMs } = config
    this.#answerer = answerer
    this.#server = createServer({
      IncomingMessage: Request,
      maxHeaderSize: config.maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: config.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(5_000, headersTimeoutMs),
    })
    this.#server.maxConnections = config.maxConnections
    this.#server.on('request', (request, response) => this.#answer(request, response))
    this.#server.on('connection', (socket: Socket) => this.#rest(socket))
    this.#server.on('upgrade', (request, socket: Socket, head) => {
      this.#idle.delete(socket)
      this.#answerer.upgrade(request, socket, head)
    })
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      refuseConnection(error.code, socket as Socket),
    )
  }

  /** The port, once it listens. */
  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0
  }

  /** Begins to listen. Rejects with `unavailable` that names the setting when the port cannot be had. */
  async listen(host: string, port: number): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject)
        this.#server.listen({ host, port }, resolve)
      })
    } catch (cause) {
      throw cannotListen({ host, port, portSetting: 'RECADO_HTTP_PORT' }, cause as Error)
    }
  }

  /** From now on, whoever comes is answered by this one. */
  handOver(answerer: Answerer): void {
    this.#answerer = answerer
  }

  /** From now on every answer says `Connection: close`, those to requests in hand too: who calls again finds another server. */
  leave(): void {
    this.#isLeaving = true
    for (const response of this.#inHand) endConnection(response)
    for (const socket of this.#idle) socket.destroy()
  }

  /**
   * Takes no new connections, finishes the requests in hand, at most for 8 s or `deadlineMs`, and resolves when no connection is left.
   * Upgraded ones are theirs who took them. Calling again changes nothing.
   */
  async close(deadlineMs = CLOSE_DEADLINE_MS): Promise<void> {
    this.leave()
    if (!this.#server.listening) return
    const inTime = new AbortController()
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    void sleep(deadlineMs, undefined, { signal: inTime.signal }).then(
      () => this.#server.closeAllConnections(),
      () => undefined,
    )
    await closed
    inTime.abort()
  }

  #rest(socket: Socket): void {
    this.#idle.add(socket)
    socket.once('close', () => this.#idle.delete(socket))
  }

  #answer(request: IncomingMessage, response: ServerResponse & { req: IncomingMessage }): void {
    const { socket } = request
    this.#idle.delete(socket)
    this.#inHand.add(response)
    if (this.#isLeaving) endConnection(response)
    response.once('close', () => {
      this.#inHand.delete(response)
      if (this.#isLeaving) socket.destroySoon()
      else if (!socket.destroyed) this.#idle.add(socket)
    })
    this.#answerer.request(request, response)
  }
}

function endConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close')
}

/** What Node could not read as HTTP never becomes a request. */
function refuseConnection(code: string | undefined, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status = code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
  const { body } = toHttpError(transportError(status))
  const json = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(json)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${json}`, () => socket.destroy())
}

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
