import { setTimeout as delay } from 'node:timers/promises'
import { HistoryServiceService } from '../gen/recado/v1/history_service.js'
import { MessagesServiceService } from '../gen/recado/v1/messages_service.js'
import { ServersServiceService } from '../gen/recado/v1/servers_service.js'
import { UsersServiceService } from '../gen/recado/v1/users_service.js'
import { RecadoError } from '../lib/errors.js'
import { GrpcServer } from '../lib/grpc/server.js'
import { Handlers } from '../lib/grpc/handlers.js'
import { newId } from '../contract/ids.js'
import type { Log } from '../lib/log.js'
import type { Queue } from '../ports/queue/queue.js'
import { createAggregates, type Aggregates, type CoreDeps } from './aggregates.js'
import type { CoreConfig } from './config.js'
import { Housekeeping } from './housekeeping.js'
import { Sender } from './messages/sender.js'
import { fixPartitions } from './queue-layout.js'
import { migrate } from './schema/migrate.js'
import { createHistoryService } from './services/history-service.js'
import { createMessagesService } from './services/messages-service.js'
import { createServersService } from './services/servers-service.js'
import { createUsersService } from './services/users-service.js'

const services = ['UsersService', 'ServersService', 'MessagesService', 'HistoryService']

/** How long the database is waited for before it is asked again at start, in milliseconds. */
const RETRY_MS = 500

/** How long an answer about readiness may take, in milliseconds. */
const READY_DEADLINE_MS = 2_000

/** Builds core: users, servers, rights, validation and the reads of history, over gRPC. */
export function createCore(config: CoreConfig, deps: CoreDeps): Core {
  return new Core(config, deps)
}

/** The program. It closes none of its ports. */
export class Core {
  readonly #config: CoreConfig
  readonly #deps: CoreDeps
  readonly #log: Log
  readonly #aggregates: Aggregates
  readonly #grpc: GrpcServer
  readonly #housekeeping: Housekeeping
  readonly #stopping = new AbortController()
  #starting: Promise<void> | undefined
  #isServing = false
  #stopped: Promise<void> | undefined

  constructor(config: CoreConfig, deps: CoreDeps) {
    this.#config = config
    this.#deps = deps
    this.#log = deps.log.child({ part: 'core' })
    this.#aggregates = createAggregates(config, { ...deps, log: this.#log })
    const { host, port, tls } = config
    this.#grpc = new GrpcServer({ host, port, tls, services: services.map((name) => `recado.v1.${name}`) })
    this.#housekeeping = new Housekeeping(
      [
        { name: 'forget refusals', run: () => deps.heads.forget() },
        { name: 'forget expired sessions', run: () => this.#aggregates.sessions.forgetExpired() },
      ],
      this.#log,
    )
  }

  /** The port that gRPC listens on, once started. */
  get port(): number {
    return this.#grpc.port
  }

  /**
   * Brings the schema up to date and serves; waits for a database that is away.
   * @throws `failed_precondition` for another number of partitions than the queue has, `unavailable` when the port cannot be had or `stop` was called.
   */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** Tells whether calls can be answered now: it serves, and its database answers. */
  async isReady(): Promise<boolean> {
    if (!this.#isServing) return false
    const answer = this.#deps.database.ping().then(
      () => true,
      () => false,
    )
    return Promise.race([answer, delay(READY_DEADLINE_MS, false, { ref: false })])
  }

  /** Takes no more calls, ends the streams, finishes what is in hand. Calling again changes nothing. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #start(): Promise<void> {
    const partitions = await this.#prepareDatabase()
    const queue = await this.#deps.openQueue(partitions)
    this.#addServices(partitions, queue)
    this.#assertNotStopping()
    await this.#grpc.start()
    this.#assertNotStopping()
    this.#housekeeping.start()
    this.#grpc.setServing(true)
    this.#isServing = true
    this.#log.info({ port: this.port, partitions }, 'core serves')
  }

  async #stop(): Promise<void> {
    this.#isServing = false
    this.#stopping.abort()
    this.#grpc.setServing(false)
    this.#aggregates.streams.stop()
    // A start in hand finds out that it was stopped, and tells its own caller.
    await this.#starting?.catch(() => undefined)
    await this.#grpc.stop()
    await this.#housekeeping.stop()
  }

  async #prepareDatabase(): Promise<number> {
    for (;;) {
      this.#assertNotStopping()
      try {
        await migrate(this.#deps.database)
        return await fixPartitions(this.#deps.database, this.#config)
      } catch (error) {
        if (!(error instanceof RecadoError) || error.code !== 'unavailable') throw error
        this.#log.warn({ err: error.cause ?? error }, 'core waits for its database')
      }
      // Only ends early when `stop` is called, which the loop finds out.
      await delay(RETRY_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  #assertNotStopping(): void {
    if (this.#stopping.signal.aborted)
      throw new RecadoError('unavailable', 'Core was stopped before it served.')
  }

  #addServices(partitions: number, queue: Queue): void {
    const handlers = new Handlers(this.#config.serviceToken, this.#log)
    const { validator } = this.#aggregates
    const sender = new Sender({ validator, queue, partitions, origin: newId() })
    const { server } = this.#grpc
    server.addService(UsersServiceService, createUsersService(handlers, this.#aggregates))
    server.addService(ServersServiceService, createServersService(handlers, this.#aggregates))
    server.addService(
      MessagesServiceService,
      createMessagesService(handlers, { ...this.#aggregates, sender, partitions }),
    )
    server.addService(HistoryServiceService, createHistoryService(handlers, this.#aggregates))
  }
}
