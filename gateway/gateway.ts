import { setTimeout as sleep } from 'node:timers/promises'
import type { Registry } from 'prom-client'
import { newId } from '../contract/ids.js'
import { DeliveriesServiceClient, type ChannelActivity } from '../gen/recado/v1/deliveries_service.js'
import { orAborted } from '../lib/abort.js'
import { RecadoError } from '../lib/errors.js'
import { GrpcClients } from '../lib/grpc/client.js'
import { insist } from '../lib/insist.js'
import { Lifecycle } from '../lib/lifecycle.js'
import type { Log } from '../lib/log.js'
import { Outage } from '../lib/outage.js'
import { allAnswer } from '../lib/readiness.js'
import type { Limits } from '../ports/limits/limits.js'
import type { Queue } from '../ports/queue/queue.js'
import type { GatewayConfig } from './config.js'
import { Connections } from './connections/connections.js'
import { takeAway } from './connections/lost-rights.js'
import { RightsCheck } from './connections/rights-check.js'
import { readRights, RightsLog } from './connections/rights-log.js'
import { Sessions } from './connections/sessions.js'
import { UserSocket } from './connections/user-socket.js'
import type { User } from './connections/user.js'
import { createCoreClients, type CoreClients } from './core-clients.js'
import { Deliveries } from './deliveries/deliveries.js'
import { addressReader, Listener, type UpgradeListener } from './http/listener.js'
import { RequestsInHand } from './http/requests/requests-in-hand.js'
import { createTold, type Told } from './happenings/told.js'
import type { AskViewers } from './happenings/view-cache.js'
import { createHttpAnswers, createStartingAnswers, type StartingDeps } from './http/server.js'
import { GatewayLimits } from './limits.js'
import { countLimited, countSends, registerGauges } from './metrics.js'
import { refuse } from './phoenix/handshake/refuse.js'
import { createPhoenixServer, type PhoenixServer } from './phoenix/server.js'
import { Attempts, type AskOutcomes } from './sending/attempts.js'
import { Changes } from './sending/changes.js'
import { MessageSender } from './sending/message-sender.js'
import { Recipients } from './sending/recipients.js'
import type { ChangeMessage, SendMessage } from './sending/send-message.js'
import { createValidationStream } from './sending/validation-stream.js'
import { Audience } from './topics/audience.js'
import { ChannelTopic } from './topics/channel-topic.js'
import { JoinRights } from './topics/join-rights.js'
import { OutcomePost } from './topics/outcome-post.js'
import { Posting } from './topics/posting.js'
import { ReadMarks } from './topics/read-marks.js'
import { ServerTopic } from './topics/server-topic.js'
import { Topics } from './topics/topics.js'
import { UserTopic } from './topics/user-topic.js'

/** What the gateway works with. It closes none of it. */
export type GatewayDeps = {
  /** Opens the queue once the number of partitions is known. */
  openQueue(partitions: number): Promise<Pick<Queue, 'publish' | 'ping'>>
  limits: Limits
  registry: Registry
  log: Log
}

/** What must be there before anything can be served. */
type Ground = { clients: CoreClients; queue: Pick<Queue, 'publish' | 'ping'>; partitions: number }

/** What deliveries are made of. */
type DeliveryParts = { attempts: Attempts; connections: Connections; origin: string; told: Told }

/** What the topics are made of. */
type SocketParts = Told & {
  connections: Connections
  deliveries: Deliveries<Audience>
  rightsLog: RightsLog
  joinRights: JoinRights
  recipients: Recipients
  readMarks: ReadMarks
  send: SendMessage
  change: ChangeMessage
}

/** How clients are sent away when the gateway stops. */
const DRAIN_PACE = { batchSize: 500, intervalMs: 100 }

/**
 * The program at the edge: HTTP and WebSocket for clients, gRPC to core and consumers, and the queue. It starts in two phases: first it
 * listens, and tells who comes to come back; once core and the queue are there, it serves.
 */
export class Gateway {
  readonly #config: GatewayConfig
  readonly #deps: GatewayDeps
  readonly #lifecycle = new Lifecycle()
  readonly #stopping = new AbortController()
  #listener: Listener | undefined
  #isReady: () => Promise<boolean> = () => Promise.resolve(false)

  constructor(config: GatewayConfig, deps: GatewayDeps) {
    this.#config = config
    this.#deps = deps
  }

  /** The port it listens on, once started. */
  get port(): number {
    return this.#listener?.port ?? 0
  }

  /** Whether it takes messages, hears deliveries and lost rights, and reaches core now; known within 2 s. */
  isReady(): Promise<boolean> {
    return this.#stopping.signal.aborted ? Promise.resolve(false) : this.#isReady()
  }

  /** Listens at once; resolves when core and a consumer are reached. Rejects when the port is taken or {@link stop} comes first. */
  async start(): Promise<void> {
    const { http, origins, host, port } = this.#config
    const { registry, log } = this.#deps
    const face: StartingDeps = {
      config: http,
      origins: origins ?? 'host',
      requestsInHand: new RequestsInHand(registry, http.maxRequestsInHand),
      registry,
      isReady: () => this.isReady(),
      log,
    }
    const request = await createStartingAnswers(face)
    const listener = this.#use('listener', new Listener(http, { request, upgrade: refuseWhileStarting }))
    this.#listener = listener
    await listener.listen(host, port)
    const clients = this.#use('core clients', createCoreClients(this.#config.core))
    const { partitions } = await this.#insist(() => clients.core.call((client) => client.getQueueLayout, {}))
    const queue = await orAborted(this.#deps.openQueue(partitions), this.#stopping.signal)
    await this.#serve(listener, face, { clients, queue, partitions })
    while (!(await this.isReady())) await sleep(20, undefined, { signal: this.#stopping.signal })
  }

  /** Not ready, no new sockets, every client told to come back elsewhere; then the rest stops. */
  async stop(): Promise<void> {
    this.#stopping.abort(new RecadoError('unavailable', 'The gateway was stopped before it served.'))
    this.#listener?.leave()
    await this.#lifecycle.close()
  }

  /** Builds the parts, what is to be closed first last, and lets them answer. */
  async #serve(listener: Listener, face: StartingDeps, ground: Ground): Promise<void> {
    const { registry, log } = this.#deps
    const { clients, queue, partitions } = ground
    const origin = newId()
    const limits = new GatewayLimits(countLimited(this.#deps.limits, registry), this.#config.limits)
    const connections = new Connections()
    const attempts = this.#use('attempts', new Attempts(askOutcomes(clients), log))
    const joinRights = this.#use('join rights', new JoinRights(clients, limits))
    const viewersOf: AskViewers = (...asked) => joinRights.viewersOf(...asked)
    const told = createTold(clients, { connections, viewersOf, log })
    this.#use('log of happenings', told.happenings)
    this.#use('activity', told.activities)
    const deliveries = this.#createDeliveries(clients, { attempts, connections, origin, told })
    const rightsLog = this.#createRightsLog(clients, { connections, deliveries, joinRights, told })
    const validation = this.#use('validation', createValidationStream(clients))
    const sender = new MessageSender({ validation, queue, attempts, limits, origin, partitions })
    const send = countSends(sender.send, registry)
    const { change } = this.#use('changes', new Changes(sender.change))
    const recipients = new Recipients(clients, limits)
    const readMarks = new ReadMarks(clients, limits)
    const socket = this.#createSocket(clients, {
      ...told,
      connections,
      deliveries,
      rightsLog,
      joinRights,
      recipients,
      readMarks,
      send,
      change,
    })
    await this.#insist(() => rightsLog.start())
    await this.#insist(() => told.happenings.start())
    attempts.start()
    deliveries.start()
    const askCore = () => clients.core.call((client) => client.getQueueLayout, {})
    this.#isReady = async () =>
      deliveries.isLive && rightsLog.isCurrent && (await allAnswer([() => queue.ping(), askCore]))

    const answer = await createHttpAnswers({
      ...face,
      coreClients: clients,
      send,
      change,
      recipients,
      limits,
    })
    // Requests in hand need the parts above, so they are waited for before those are closed.
    this.#use('http', listener)
    const phoenix = this.#createPhoenix(socket, face)
    listener.handOver({
      request: (request, response) => {
        if (!phoenix.handleRequest(request, response)) answer(request, response)
      },
      upgrade: (...upgrade) => phoenix.handleUpgrade(...upgrade),
    })
    registerGauges(registry, {
      connections: () => phoenix.connections,
      channels: () => deliveries.size,
      attempts: () => attempts.size,
      slowConsumers: () => phoenix.counts.slowConsumers,
      malformed: () => phoenix.counts.malformed,
      repairs: () => deliveries.repairs,
      rightsSilenceSeconds: () => rightsLog.silenceMs / 1_000,
      happeningsSilenceSeconds: () => told.happenings.silenceMs / 1_000,
      presentUsers: () => told.presentUsers.size,
    })
  }

  #createDeliveries(
    { history, core }: CoreClients,
    { attempts, connections, origin, told }: DeliveryParts,
  ): Deliveries<Audience> {
    const { log } = this.#deps
    const { activities } = told
    const consumers = this.#use(
      'consumer clients',
      new GrpcClients(DeliveriesServiceClient, this.#config.consumers),
    )
    const createSubscriber = (channelId: string) => new Audience(channelId, connections)
    const parts = { consumers, history, core, attempts, origin, createSubscriber, log }
    const onActivity = (activity: ChannelActivity[]) => activities.receive(activity)
    const onActivityLost = () => activities.lose()
    return this.#use('deliveries', new Deliveries({ ...parts, onActivity, onActivityLost }))
  }

  #createRightsLog(
    { core }: CoreClients,
    parts: { connections: Connections; deliveries: Deliveries<Audience>; joinRights: JoinRights; told: Told },
  ): RightsLog {
    const { connections, deliveries, joinRights, told } = parts
    const { log } = this.#deps
    const check = new RightsCheck({ ask: (wishes) => joinRights.askAgain(wishes), log })
    const rightsLog = new RightsLog({
      read: (after) => readRights(core, after),
      apply: (lost) => {
        told.apply(lost)
        takeAway(lost, connections, (joins) => void check.check(joins))
      },
      onSilent: () => deliveries.pause(),
      onHeard: () => deliveries.resume(),
      onGap: () => connections.sendAway(),
      log,
    })
    return this.#use('log of lost rights', rightsLog)
  }

  #createSocket(clients: CoreClients, { send, change, ...parts }: SocketParts): UserSocket {
    const { connections, rightsLog } = parts
    const sessions = this.#use('sessions', new Sessions(clients))
    const outcomes = new OutcomePost(connections)
    const deps = { ...parts, outcomes, posting: new Posting({ send, change, outcomes }) }
    const topics = new Topics({
      channel: (id) => new ChannelTopic(id, deps),
      server: (id) => new ServerTopic(id, deps),
      user: (id) => new UserTopic(id, deps),
    })
    return new UserSocket({
      connections,
      rightsLog,
      verify: (token) => sessions.verify(token),
      topic: (name) => topics.find(name),
      onClosed: (connection) => outcomes.forget(connection),
      log: this.#deps.log,
    })
  }

  #createPhoenix(handler: UserSocket, { config, origins, log }: StartingDeps): PhoenixServer<User> {
    const remoteAddress = addressReader(config.trustProxy)
    const phoenix = createPhoenixServer({ mount: '/socket', handler, log, origins, remoteAddress })
    return this.#lifecycle.use('sockets', phoenix, async (each) => {
      await each.drain(DRAIN_PACE)
      await each.stop()
    })
  }

  #use<T extends { close(): unknown } | { stop(): unknown }>(name: string, part: T): T {
    return this.#lifecycle.use(name, part, (each) => ('close' in each ? each.close() : each.stop()))
  }

  #insist<T>(ask: () => Promise<T>): Promise<T> {
    const outage = new Outage({ log: this.#deps.log, name: 'core (RECADO_CORE_URLS)' })
    return insist(ask, { signal: this.#stopping.signal, outage })
  }
}

function askOutcomes({ core }: CoreClients): AskOutcomes {
  return async (attempts) => (await core.call((client) => client.listOutcomes, { attempts })).outcomes
}

const refuseWhileStarting: UpgradeListener = (_request, socket) => {
  const message = 'This server is starting. Connect again shortly.'
  socket.on('error', () => socket.destroy())
  refuse(socket, { status: 503, message, retryAfterMs: 1_000 })
}
