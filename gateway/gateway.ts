import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { orAborted } from '../lib/abort.js'
import { cannotListen } from '../lib/address.js'
import { RecadoError } from '../lib/errors.js'
import { insist } from '../lib/insist.js'
import { Lifecycle } from '../lib/lifecycle.js'
import type { Log } from '../lib/log.js'
import { Outage } from '../lib/outage.js'
import { allAnswer } from '../lib/readiness.js'
import type { Limits } from '../ports/limits/limits.js'
import type { Queue } from '../ports/queue/queue.js'
import type { User } from './connections/user.js'
import type { GatewayConfig } from './config.js'
import { createHttpServer } from './http/server.js'
import { registerGauges } from './metrics.js'
import { buildParts, type Parts } from './parts.js'
import { createPhoenixServer, type PhoenixServer } from './phoenix/server.js'
import { MessageSender } from './sending/message-sender.js'
import type { Sender } from './sending/sender.js'

/** What the gateway works with. It closes none of it. */
export type GatewayDeps = {
  /** Opens the queue once the number of partitions is known. */
  openQueue(partitions: number): Promise<Queue>
  limits: Limits
  registry: Registry
  log: Log
}

/** How clients are sent away when the gateway stops. */
const DRAIN_PACE = { batchSize: 500, intervalMs: 100 }

/** The program at the edge: HTTP and WebSocket for clients, gRPC to core and consumers, and the queue. */
export class Gateway {
  readonly #config: GatewayConfig
  readonly #deps: GatewayDeps
  readonly #lifecycle = new Lifecycle()
  readonly #stopping = new AbortController()
  #app: FastifyInstance | undefined
  #sender: Sender | undefined
  #isReady: () => Promise<boolean> = () => Promise.resolve(false)

  constructor(config: GatewayConfig, deps: GatewayDeps) {
    this.#config = config
    this.#deps = deps
  }

  /** The port it listens on, once started. */
  get port(): number {
    return (this.#app?.server.address() as AddressInfo | null)?.port ?? 0
  }

  /** Whether it takes messages, hears deliveries and reaches core now; known within 2 s. */
  isReady(): Promise<boolean> {
    return this.#stopping.signal.aborted ? Promise.resolve(false) : this.#isReady()
  }

  /** Listens at once; resolves when core and a consumer are reached. Rejects when the port is taken or {@link stop} comes first. */
  async start(): Promise<void> {
    const parts = buildParts(this.#config, {
      ...this.#deps,
      lifecycle: this.#lifecycle,
      sender: () => this.#current(),
    })
    const phoenix = await this.#listen(parts)
    registerGauges(this.#deps.registry, {
      connections: () => phoenix.connections,
      channels: () => parts.deliveries.size,
      attempts: () => parts.attempts.size,
      slowConsumers: () => phoenix.counts.slowConsumers,
      repairs: () => parts.deliveries.repairs,
      rightsSilenceSeconds: () => parts.rightsLog.silenceMs / 1_000,
    })
    await this.#connect(parts)
  }

  /** Not ready, no new sockets, every client told to come back elsewhere; then the rest stops. */
  async stop(): Promise<void> {
    this.#stopping.abort(new RecadoError('unavailable', 'The gateway was stopped before it served.'))
    await this.#lifecycle.close()
  }

  async #connect({ origin, clients, attempts, validator, deliveries, rightsLog }: Parts): Promise<void> {
    const { partitions } = await this.#insist(() => clients.core.call((client) => client.getQueueLayout, {}))
    const queue = await orAborted(this.#deps.openQueue(partitions), this.#stopping.signal)
    this.#sender = new MessageSender({ validator, queue, attempts, origin, partitions })
    await this.#insist(() => rightsLog.start())
    attempts.start()
    deliveries.start()
    const askCore = () => clients.core.call((client) => client.getQueueLayout, {})
    this.#isReady = async () =>
      deliveries.isLive && rightsLog.isCurrent && (await allAnswer([() => queue.ping(), askCore]))
    while (!(await this.isReady())) await sleep(20, undefined, { signal: this.#stopping.signal })
  }

  async #listen({ clients, sender, limits, socket }: Parts): Promise<PhoenixServer<User>> {
    const { host, port, http, origins } = this.#config
    const { registry, log } = this.#deps
    const isReady = () => this.isReady()
    const app = createHttpServer({
      config: http,
      coreClients: clients,
      sender,
      limits,
      registry,
      isReady,
      log,
    })
    this.#app = this.#lifecycle.use('http', app, (each) => each.close())
    const phoenix = this.#lifecycle.use(
      'sockets',
      createPhoenixServer({ mount: '/socket', handler: socket, log, ...(origins && { origins }) }),
      async (each) => {
        await each.drain(DRAIN_PACE)
        await each.stop()
      },
    )
    app.server.on('upgrade', (request, rawSocket, head) => phoenix.handleUpgrade(request, rawSocket, head))
    try {
      await app.listen({ host, port })
    } catch (cause) {
      throw cannotListen({ host, port, portSetting: 'RECADO_HTTP_PORT' }, cause as Error)
    }
    return phoenix
  }

  #current(): Sender {
    if (!this.#sender)
      throw new RecadoError('unavailable', 'This server is starting. Try again shortly.', {
        retryAfterMs: 1_000,
      })
    return this.#sender
  }

  #insist<T>(ask: () => Promise<T>): Promise<T> {
    const outage = new Outage({ log: this.#deps.log, name: 'core (RECADO_CORE_URLS)' })
    return insist(ask, { signal: this.#stopping.signal, outage })
  }
}
