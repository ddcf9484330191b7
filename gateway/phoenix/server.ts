import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Server } from 'ws'
import { PacedLog } from '../../lib/paced-log.js'
import { Admission } from './handshake/admission.js'
import type { ConnectionHost, IdleClock, PhoenixCounts } from './connection-host.js'
import { PhoenixConnection, type ConnectionParts } from './connection.js'
import { closeInBatches, type DrainPace } from './drain.js'
import { Flusher } from './outbox/flusher.js'
import { isEndpoint, noHandshake, readHandshake, type Handshake } from './handshake/handshake.js'
import { toOriginCheck, type OriginCheck } from '../../lib/origins.js'
import { refuse, refuseRequest, type Refusal } from './handshake/refuse.js'
import type { Connection } from './handler.js'
import { MalformedSenders } from './malformed-senders.js'
import { STALL_LOOKS, StallWatch } from './outbox/stall-watch.js'
import { createUpgrader, type OwnedWebSocket } from './owned-websocket.js'
import { defaultSettings, type PhoenixServerOptions, type PhoenixSettings } from './settings.js'
import { closeCodes } from './wire/close-codes.js'

/** After so many ticks of the idle clock without a frame a connection is idle. */
const IDLE_TICKS = 20

/**
 * Makes a server of the Phoenix Channels protocol, to be hung on an HTTP server's `upgrade` event. It serves until
 * {@link PhoenixServer.stop}.
 *
 * @throws Error when an entry of `origins` is no origin.
 */
export function createPhoenixServer<C>(options: PhoenixServerOptions<C>): PhoenixServer<C> {
  const settings = { ...defaultSettings, ...options }
  return new PhoenixServer(settings, toOriginCheck(settings.origins))
}

/** Serves one mount. */
export class PhoenixServer<C> {
  /** Counted since the start, for metrics. */
  readonly counts: PhoenixCounts = { opened: 0, refused: 0, slowConsumers: 0, idle: 0, malformed: 0 }
  readonly #options: PhoenixServerOptions<C> & PhoenixSettings
  readonly #mayConnect: OriginCheck
  readonly #host: ConnectionHost<C>
  readonly #admission: Admission<C>
  readonly #upgrader: Server<typeof OwnedWebSocket>
  readonly #refusals = new PacedLog()
  readonly #idleClock: IdleClock = { ticks: 0 }
  readonly #connections = new Set<PhoenixConnection<C>>()
  readonly #sweepers: readonly NodeJS.Timeout[]
  #state: 'running' | 'draining' | 'stopped' = 'running'
  #draining: Promise<void> | undefined
  #onEmpty: (() => void)[] = []
  /** Aborts when what is open is to be dropped at once. */
  readonly #hurry = new AbortController()

  /** Use {@link createPhoenixServer}. */
  constructor(options: PhoenixServerOptions<C> & PhoenixSettings, mayConnect: OriginCheck) {
    const { handler, log } = options
    this.#options = options
    this.#mayConnect = mayConnect
    this.#admission = new Admission(handler, options.connectTimeoutMs, log)
    this.#upgrader = createUpgrader(options.maxFrameBytes, options.closeGraceMs)
    const stallWatch = new StallWatch(options.maxBufferedBytes)
    this.#host = {
      handler,
      log,
      limits: options,
      outbox: { flusher: new Flusher(), stallWatch, maxBurstBytes: options.maxBurstBytes },
      idleClock: this.#idleClock,
      counts: this.counts,
      malformedSenders: new MalformedSenders(log),
      removed: (connection) => this.#remove(connection),
    }
    this.#hurry.signal.addEventListener('abort', () => this.#terminateAll())
    const every = (ms: number, look: () => void) => setInterval(look, Math.ceil(ms)).unref()
    this.#sweepers = [
      every(options.idleTimeoutMs / IDLE_TICKS, () => this.#closeIdle()),
      every(options.stallTimeoutMs / STALL_LOOKS, () => stallWatch.look()),
    ]
  }

  /** Open connections, closing ones included. */
  get connections(): number {
    return this.#connections.size
  }

  /** Upgrade requests that `connect` is deciding about. */
  get connecting(): number {
    return this.#admission.size
  }

  /** Whether the request's path is this server's: for a listener that has several mounts. */
  handles(request: IncomingMessage): boolean {
    return request.url?.startsWith(`${this.#options.mount}/`) ?? false
  }

  /** Answers an ordinary request to the path of the WebSockets with 400; false, and unanswered, when its path is another. */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    if (!isEndpoint(request, this.#options.mount)) return false
    refuseRequest(response, noHandshake)
    return true
  }

  /** Takes an upgrade request: makes it a connection, or answers 4xx or 5xx and says why, in the body and in the log. Never throws. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', destroyOnError)
    const handshake = readHandshake(request, this.#options.mount, this.#mayConnect)
    if ('status' in handshake) return this.#refuse(request, socket, handshake)
    const full = this.#findObstacle()
    if (full) return this.#refuse(request, socket, full)
    this.#admit(handshake, request, socket, head).catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'an upgrade failed')
      socket.destroy()
    })
  }

  /**
   * Sends every client away with 1012, in jittered batches, and resolves when the last socket is gone: at most
   * `closeGraceMs` after the last batch. New upgrades get 503 from now on, and so do those being decided about.
   * Idempotent; the first call's pace holds.
   */
  drain(pace: DrainPace = {}): Promise<void> {
    this.#draining ??= this.#drain(pace)
    return this.#draining
  }

  /** Drops what is still open, without a close frame, and resolves when it is gone. Call {@link drain} first. Idempotent. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#sweepers.forEach(clearInterval)
    this.#admission.cancel()
    this.#hurry.abort()
    await this.#empty()
  }

  #findObstacle(): Refusal | undefined {
    if (this.#state !== 'running')
      return { status: 503, message: 'This server is stopping. Connect again.', retryAfterMs: 1_000 }
    if (this.connections + this.connecting >= this.#options.maxConnections)
      return { status: 503, message: 'This server is full. Connect again later.', retryAfterMs: 5_000 }
    return undefined
  }

  async #admit(handshake: Handshake, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { token, params, serializer } = handshake
    const remoteAddress = this.#options.remoteAddress(request)
    const verdict = await this.#admission.ask({ token, params, remoteAddress }, socket)
    if ('status' in verdict) return this.#refuse(request, socket, verdict)
    if (this.#state !== 'running') return this.#refuse(request, socket, this.#findObstacle()!)
    this.#upgrader.handleUpgrade(request, socket, head, (ws) =>
      this.#open({ state: verdict.state, remoteAddress, serializer, ws, socket }),
    )
  }

  #open(parts: ConnectionParts<C>): void {
    const connection = new PhoenixConnection(this.#host, parts)
    parts.socket.off('error', destroyOnError)
    parts.ws.ownedBy(connection)
    this.#connections.add(connection)
    this.counts.opened += 1
    try {
      this.#options.handler.opened?.(connection)
    } catch (error) {
      connection.fail(error)
    }
  }

  #refuse(request: IncomingMessage, socket: Duplex, refusal: Refusal): void {
    this.counts.refused += 1
    const { status, message: reason } = refusal
    const remoteAddress = this.#options.remoteAddress(request)
    this.#refusals.line((leftOut) =>
      this.#options.log.info({ status, reason, remoteAddress, leftOut }, 'an upgrade was refused'),
    )
    refuse(socket, refusal)
  }

  #remove(connection: Connection<C>): void {
    if (!(this.#connections as Set<Connection<C>>).delete(connection)) return
    try {
      this.#options.handler.closed?.(connection)
    } catch (error) {
      this.#options.log.error({ err: error, connectionId: connection.id }, 'a closed hook failed')
    }
    if (this.#connections.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve()
  }

  #closeIdle(): void {
    this.#idleClock.ticks += 1
    const tick = this.#idleClock.ticks - IDLE_TICKS
    for (const connection of this.#connections) connection.closeUnlessHeardSince(tick)
  }

  async #drain({ batchSize, intervalMs, signal }: DrainPace): Promise<void> {
    if (this.#state === 'running') this.#state = 'draining'
    this.#admission.cancel()
    const hurry = (): void => this.#hurry.abort()
    if (signal?.aborted) hurry()
    signal?.addEventListener('abort', hurry, { once: true })
    const close = (connection: PhoenixConnection<C>): void => connection.close(closeCodes.restart)
    await closeInBatches(this.#connections, close, batchSize, intervalMs, this.#hurry.signal)
    await this.#empty()
    signal?.removeEventListener('abort', hurry)
  }

  #terminateAll(): void {
    for (const connection of this.#connections) connection.terminate()
  }

  async #empty(): Promise<void> {
    if (this.#connections.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve))
  }
}

function destroyOnError(this: Duplex): void {
  this.destroy()
}
