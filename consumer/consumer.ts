import { setTimeout as sleep } from 'node:timers/promises'
import type { Registry } from 'prom-client'
import { DeliveriesServiceService } from '../gen/recado/v1/deliveries_service.js'
import { RecadoError } from '../lib/errors.js'
import { Handlers } from '../lib/grpc/handlers.js'
import { GrpcServer } from '../lib/grpc/server.js'
import { Lifecycle } from '../lib/lifecycle.js'
import type { Log } from '../lib/log.js'
import type { Heads } from '../ports/heads/heads.js'
import type { History } from '../ports/history/history.js'
import type { Queue } from '../ports/queue/queue.js'
import type { Recent } from '../ports/recent/recent.js'
import { Batcher } from './intake/batcher.js'
import type { ConsumerConfig } from './config.js'
import { CoreClient } from './core-client.js'
import { DeliveriesHub } from './deliveries/deliveries-hub.js'
import { DeliveriesService } from './deliveries/deliveries-service.js'
import { Inbox } from './intake/inbox.js'
import { ConsumerMetrics } from './metrics.js'
import { Partition } from './intake/partition.js'
import { Pipeline } from './pipeline/pipeline.js'

/** What the consumer works with. It closes none of it. */
export type ConsumerDeps = {
  heads: Heads
  history: History
  recent: Recent
  /** Opens the queue once the number of partitions is known. */
  openQueue(partitions: number): Promise<Queue>
  registry: Registry
  log: Log
}

const RETRY_MS = 500

/**
 * The program that turns accepted messages into stored and delivered ones. Every consumer asks for every partition; the broker lets
 * one at a time work each.
 */
export class Consumer {
  readonly #config: ConsumerConfig
  readonly #deps: ConsumerDeps
  readonly #server: GrpcServer
  readonly #hub = new DeliveriesHub()
  readonly #deliveries = new DeliveriesService(this.#hub)
  readonly #lifecycle = new Lifecycle()
  readonly #stopping = new AbortController()
  #queue: Queue | undefined

  constructor(config: ConsumerConfig, deps: ConsumerDeps) {
    this.#config = config
    this.#deps = deps
    const { host, port, tls } = config
    this.#server = new GrpcServer({ host, port, tls, services: ['recado.v1.DeliveriesService'] })
    const handlers = new Handlers(config.serviceToken, deps.log)
    this.#server.server.addService(DeliveriesServiceService, this.#deliveries.implementation(handlers))
  }

  /** The port that gateways stream from, once started. */
  get port(): number {
    return this.#server.port
  }

  /** Whether it works its partitions and what it needs answers. */
  async isReady(): Promise<boolean> {
    if (!this.#queue || this.#stopping.signal.aborted) return false
    return Promise.all([this.#queue.ping(), this.#deps.history.ping()]).then(
      () => true,
      () => false,
    )
  }

  /** Listens, waits for core, then begins to work. Rejects when the port is taken or when {@link stop} comes first. */
  async start(): Promise<void> {
    const { openQueue, log, registry } = this.#deps
    await this.#server.start()
    this.#lifecycle.use('grpc server', this.#server, (server) => server.stop())
    this.#lifecycle.use('streams', this.#deliveries, (deliveries) => deliveries.stop())
    const core = this.#lifecycle.use('core client', new CoreClient(this.#config.core), (client) =>
      client.close(),
    )
    const partitions = await this.#askLayout(core)
    const queue = await openQueue(partitions)
    const metrics = new ConsumerMetrics(registry, () => this.#deliveries.streams)
    const pipelineDeps = { ...this.#deps, validator: core, hub: this.#hub, metrics }
    const pipeline = new Pipeline(pipelineDeps)
    const batcher = new Batcher((entries) => pipeline.run(entries))
    const deps = { ...pipelineDeps, pipeline, batcher }
    const workers = [
      new Inbox({ queue, partitions, metrics, log }),
      ...Array.from({ length: partitions }, (_, number) => new Partition(number, queue, deps)),
    ]
    const running = Promise.all(workers.map((worker) => worker.run(this.#stopping.signal)))
    void this.#lifecycle.use('partitions', running, () => running)
    this.#queue = queue
    this.#server.setServing(true)
  }

  /** Finishes the batches in hand, gives the partitions up, then ends the streams. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#lifecycle.close()
  }

  async #askLayout(core: CoreClient): Promise<number> {
    for (;;) {
      try {
        return await core.partitions()
      } catch (error) {
        this.#deps.log.info({ reason: RecadoError.from(error).message }, 'waiting for core')
        await sleep(RETRY_MS, undefined, { signal: this.#stopping.signal })
      }
    }
  }
}
