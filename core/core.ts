import { CoreServiceService } from '../gen/recado/internal/v1/core_service.js'
import { DirectsServiceService } from '../gen/recado/v1/directs_service.js'
import { HistoryServiceService } from '../gen/recado/v1/history_service.js'
import { MessagesServiceService } from '../gen/recado/v1/messages_service.js'
import { SearchServiceService } from '../gen/recado/v1/search_service.js'
import { InvitesServiceService } from '../gen/recado/v1/invites_service.js'
import { ModerationServiceService } from '../gen/recado/v1/moderation_service.js'
import { RolesServiceService } from '../gen/recado/v1/roles_service.js'
import { ReadingServiceService } from '../gen/recado/v1/reading_service.js'
import { ServersServiceService } from '../gen/recado/v1/servers_service.js'
import { UsersServiceService } from '../gen/recado/v1/users_service.js'
import { orAborted } from '../lib/abort.js'
import { RecadoError } from '../lib/errors.js'
import { compileRules } from '../lib/grpc/rules.js'
import { GrpcServer } from '../lib/grpc/server.js'
import { newId } from '../contract/ids.js'
import { insist } from '../lib/insist.js'
import type { Log } from '../lib/log.js'
import { Outage } from '../lib/outage.js'
import { allAnswer } from '../lib/readiness.js'
import type { Queue } from '../ports/queue/queue.js'
import { AccountDeletions } from './accounts/account-deletions.js'
import { createAggregates, type Aggregates, type CoreDeps } from './aggregates.js'
import { BackgroundWork } from './background-work.js'
import { createChores } from './chores.js'
import type { CoreConfig } from './config.js'
import { Housekeeping } from './housekeeping.js'
import { Purger } from './messages/purger.js'
import { RetentionRounds } from './retention/retention-rounds.js'
import { Sender } from './messages/sender.js'
import { fixPartitions } from './queue-layout.js'
import { textChecks } from './requests/text-checks.js'
import { migrate } from './schema/migrate.js'
import { CoreHandlers } from './services/core-handlers.js'
import { createCoreService } from './services/core-service.js'
import { createDirectsService } from './services/directs-service.js'
import { createHistoryService } from './services/history-service.js'
import { createMessagesService } from './services/messages-service.js'
import { createSearchService } from './services/search-service.js'
import { createInvitesService } from './services/invites-service.js'
import { createModerationService } from './services/moderation-service.js'
import { createRolesService } from './services/roles-service.js'
import { createReadingService } from './services/reading-service.js'
import { createServersService } from './services/servers-service.js'
import { createUsersService } from './services/users-service.js'

/** The gRPC services that core serves. */
export const coreServices = [
  'recado.v1.UsersService',
  'recado.v1.ServersService',
  'recado.v1.RolesService',
  'recado.v1.InvitesService',
  'recado.v1.ModerationService',
  'recado.v1.MessagesService',
  'recado.v1.HistoryService',
  'recado.v1.SearchService',
  'recado.v1.DirectsService',
  'recado.v1.ReadingService',
  'recado.internal.v1.CoreService',
]

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
  #backgroundWork: readonly BackgroundWork[] = []
  #isServing = false
  #sender: Sender | undefined
  #stopped: Promise<void> | undefined

  constructor(config: CoreConfig, deps: CoreDeps) {
    this.#config = config
    this.#deps = deps
    this.#log = deps.log.child({ part: 'core' })
    this.#aggregates = createAggregates(config, { ...deps, log: this.#log })
    const { host, port, tls, serviceToken } = config
    this.#grpc = new GrpcServer({
      host,
      port,
      portSetting: 'RECADO_CORE_PORT',
      tls,
      serviceToken,
      services: coreServices,
      checks: textChecks,
    })
    this.#housekeeping = new Housekeeping(createChores(this.#aggregates, deps), this.#log)
  }

  /** The port that gRPC listens on, once started. */
  get port(): number {
    return this.#grpc.port
  }

  /**
   * Brings the schema up to date and serves; waits for a database that is away.
   * @throws `failed_precondition` for another number of partitions than the queue has, `unavailable` when the port cannot be had, or at once when {@link stop} comes first.
   */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** Tells whether calls can be answered now: it serves, and its database answers; known within 2 s. */
  async isReady(): Promise<boolean> {
    return this.#isServing && (await allAnswer([() => this.#deps.database.ping()]))
  }

  /** Takes no more calls, ends the streams, finishes what is in hand. Calling again changes nothing. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #start(): Promise<void> {
    const { signal } = this.#stopping
    const [partitions] = await Promise.all([this.#prepareDatabase(), compileRules(coreServices)])
    const queue = await orAborted(this.#deps.openQueue(partitions), signal)
    this.#addServices(partitions, queue)
    await orAborted(this.#grpc.start(), signal)
    this.#housekeeping.start()
    this.#aggregates.indexer.start()
    for (const work of this.#backgroundWork) work.start()
    this.#grpc.setServing(true)
    this.#isServing = true
    this.#log.info({ port: this.port, partitions }, 'core serves')
  }

  async #stop(): Promise<void> {
    this.#isServing = false
    this.#stopping.abort(new RecadoError('unavailable', 'Core was stopped before it served.'))
    this.#grpc.setServing(false)
    this.#aggregates.streams.stop()
    // A start in hand finds out that it was stopped, and tells its own caller.
    await this.#starting?.catch(() => undefined)
    await this.#sender?.close()
    await this.#grpc.stop()
    await this.#housekeeping.stop()
    await this.#aggregates.indexer.stop()
    await Promise.all(this.#backgroundWork.map((work) => work.stop()))
  }

  #prepareDatabase(): Promise<number> {
    const prepare = async () => {
      await migrate(this.#deps.database, { signal: this.#stopping.signal })
      await this.#aggregates.searchIndex.prepare()
      return fixPartitions(this.#deps.database, this.#config)
    }
    return insist(prepare, {
      signal: this.#stopping.signal,
      outage: new Outage({ log: this.#log, name: 'the database (DATABASE_URL)' }),
      isPassing: ({ code }) => code === 'unavailable',
    })
  }

  #addBackgroundWork(purger: Purger): void {
    const { database, history } = this.#deps
    const deletions = new AccountDeletions({ database, purger })
    const rounds = new RetentionRounds({ database, history, purger })
    this.#backgroundWork = [
      { name: 'the texts of deleted accounts', step: (signal: AbortSignal) => deletions.step(signal) },
      { name: 'messages that are kept no longer', step: (signal: AbortSignal) => rounds.step(signal) },
    ].map((work) => new BackgroundWork(work, this.#log))
  }

  #addServices(partitions: number, queue: Queue): void {
    const handlers = new CoreHandlers(this.#log, this.#aggregates.users)
    const { validator, outcomes, recipients } = this.#aggregates
    const origin = newId()
    const sender = new Sender({ recipients, validator, outcomes, queue, partitions, origin })
    this.#addBackgroundWork(new Purger({ history: this.#deps.history, queue, partitions, origin }))
    this.#sender = sender
    const server = this.#grpc
    server.addService(UsersServiceService, createUsersService(handlers, this.#aggregates))
    server.addService(ServersServiceService, createServersService(handlers, this.#aggregates))
    server.addService(RolesServiceService, createRolesService(handlers, this.#aggregates))
    server.addService(InvitesServiceService, createInvitesService(handlers, this.#aggregates))
    server.addService(ModerationServiceService, createModerationService(handlers, this.#aggregates))
    server.addService(
      MessagesServiceService,
      createMessagesService(handlers, { ...this.#aggregates, sender }),
    )
    server.addService(CoreServiceService, createCoreService(handlers, { ...this.#aggregates, partitions }))
    server.addService(DirectsServiceService, createDirectsService(handlers, this.#aggregates))
    server.addService(SearchServiceService, createSearchService(handlers, this.#aggregates))
    server.addService(ReadingServiceService, createReadingService(handlers, this.#aggregates))
    server.addService(HistoryServiceService, createHistoryService(handlers, this.#aggregates))
  }
}
