import type { Registry } from 'prom-client'
import { orAborted } from '../lib/abort.js'
import { RecadoError } from '../lib/errors.js'
import { Handlers } from '../lib/grpc/handlers.js'
import { GrpcServer } from '../lib/grpc/server.js'
import { insist } from '../lib/insist.js'
import { Lifecycle } from '../lib/lifecycle.js'
import type { Log } from '../lib/log.js'
import { Outage } from '../lib/outage.js'
import { allAnswer } from '../lib/readiness.js'
import type { Heads } from '../ports/heads/heads.js'
import type { History } from '../ports/history/history.js'
import type { Queue } from '../ports/queue/queue.js'
import type { Recent } from '../ports/recent/recent.js'
import { Batcher } from './intake/batcher.js'
import type { ConsumerConfig } from './config.js'
import { CoreClient } from './core-client.js'
import { DeliveriesHub } from './deliveries/deliveries-hub.js'
import { deliveriesService, DeliveriesService } from './deliveries/deliveries-service.js'
import { workInbox } from './intake/inbox.js'
import { ConsumerMetrics } from './metrics.js'
import { workPartition } from './intake/partition.js'
import { Partitions } from './intake/partitions.js'
import { Pipeline } from './pipeline/pipeline.js'

/** What the consumer works with. It closes none of it. */
export type ConsumerDeps = {
  heads: Heads
  history: History
  recent: Recent
  /** Opens the queue once the number of partitions is known. */
  openQueue(partitions: number): Promise<Queue>
  /** Whether core has brought the schema of the database to what this code needs. */
  isSchemaReady(): Promise<boolean>
  registry: Registry
  log: Log
}

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
    const { host, port, tls, serviceToken } = config
    this.#server = new GrpcServer({
      host,
      port,
      portSetting: 'RECADO_CONSUMER_PORT',
      tls,
      serviceToken,
      services: ['recado.v1.DeliveriesService'],
    })
    const handlers = new Handlers(deps.log)
    this.#server.addService(deliveriesService, this.#deliveries.implementation(handlers))
  }

  /** The port that gateways stream from, once started. */
  get port(): number {
    return this.#server.port
  }

  /** Whether it works its partitions and what it needs answers; known within 2 s. */
  async isReady(): Promise<boolean> {
    const queue = this.#queue
    if (!queue || this.#stopping.signal.aborted) return false
    const { history, isSchemaReady } = this.#deps
    return allAnswer([() => queue.ping(), () => history.ping(), isSchemaReady])
  }

  /**
   * Listens, waits for core and the schema, then begins to work.
   * @throws `unavailable` when the port is taken, or at once when {@link stop} comes first.
   */
  async start(): Promise<void> {
    const { openQueue, log, registry } = this.#deps
    const { signal } = this.#stopping
    this.#lifecycle.use('grpc server', this.#server, (server) => server.stop())
    await orAborted(this.#server.start(), signal)
    this.#lifecycle.use('streams', this.#deliveries, (deliveries) => deliveries.stop())
    const core = this.#lifecycle.use('core client', new CoreClient(this.#config.core), (client) =>
      client.close(),
    )
    const partitions = await this.#askLayout(core)
    await this.#awaitSchema()
    const queue = await orAborted(openQueue(partitions), signal)
    const metrics = new ConsumerMetrics(registry, () => this.#deliveries.streams)
    const pipelineDeps = { ...this.#deps, validator: core, notifier: core, hub: this.#hub, metrics }
    const pipeline = new Pipeline(pipelineDeps)
    const batcher = new Batcher((entries, onStored) => pipeline.run(entries, onStored))
    const deps = { ...pipelineDeps, pipeline, batcher }
    const inbox = workInbox({ queue, partitions, metrics, log }, signal)
    const worked = new Partitions((number, stopped) => workPartition(number, queue, stopped, deps))
    this.#lifecycle.use('partitions', worked, (each) => Promise.all([each.change([]), inbox]))
    await worked.change(Array.from({ length: partitions }, (_, number) => number))
    this.#queue = queue
    this.#server.setServing(true)
  }

  /** Finishes the batches in hand, gives the partitions up, then ends the streams. */
  async stop(): Promise<void> {
    this.#stopping.abort(new RecadoError('unavailable', 'The consumer was stopped before it worked.'))
    await this.#lifecycle.close()
  }

  #askLayout(core: CoreClient): Promise<number> {
    const outage = new Outage({ log: this.#deps.log, name: 'core (RECADO_CORE_URLS)' })
    return insist(() => core.partitions(), { signal: this.#stopping.signal, outage })
  }

  async #awaitSchema(): Promise<void> {
    const { isSchemaReady, log } = this.#deps
    const outage = new Outage({ log, name: 'the schema of the database (DATABASE_URL)' })
    const attempt = async () => {
      if (!(await isSchemaReady()))
        throw new RecadoError(
          'unavailable',
          'The schema is older than this consumer: start a core of its version.',
        )
    }
    await insist(attempt, { signal: this.#stopping.signal, outage })
  }
}
