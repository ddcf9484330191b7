import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createCore, type Core } from '../../core/core.js'
import type { CoreConfig } from '../../core/config.js'
import { createLog } from '../../lib/log.js'
import { Lifecycle } from '../../lib/lifecycle.js'
import { GrpcClients } from '../../lib/grpc/client.js'
import { fromRefusal } from '../../contract/refusals.js'
import {
  CoreServiceClient,
  type AuthorizeJoinsResponse,
  type JoinPermission,
} from '../../gen/recado/internal/v1/core_service.js'
import { DirectsServiceClient } from '../../gen/recado/v1/directs_service.js'
import { HistoryServiceClient } from '../../gen/recado/v1/history_service.js'
import { MessagesServiceClient } from '../../gen/recado/v1/messages_service.js'
import { InvitesServiceClient } from '../../gen/recado/v1/invites_service.js'
import { ModerationServiceClient } from '../../gen/recado/v1/moderation_service.js'
import { RolesServiceClient } from '../../gen/recado/v1/roles_service.js'
import { ReadingServiceClient } from '../../gen/recado/v1/reading_service.js'
import { ServersServiceClient } from '../../gen/recado/v1/servers_service.js'
import { UsersServiceClient } from '../../gen/recado/v1/users_service.js'
import type { Server } from '../../gen/recado/v1/types.js'
import type { CorePorts } from './core-ports.js'

/** The service token of the cores under test. */
export const SERVICE_TOKEN = 'the service token of a test'

/** What their session tokens are signed with. */
export const AUTH_SECRET = 'a secret of more than thirty-two bytes'

const silent = createLog({ level: 'silent', program: 'test' })

/** Clients of core's services, as another program has them. */
export type Clients = ReturnType<typeof connect>

/** A user who is signed in. */
export type SignedIn = { id: string; username: string; token: string }

/** The settings of a core under test: any free port, and little else. */
export function coreConfig(overrides: Partial<CoreConfig> = {}): CoreConfig {
  return {
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    serviceToken: SERVICE_TOKEN,
    authSecret: AUTH_SECRET,
    partitions: undefined,
    ...overrides,
  }
}

/** A core that serves, and clients that are connected to it. */
export class CoreProgram implements AsyncDisposable {
  readonly core: Core
  readonly ports: CorePorts
  readonly clients: Clients
  readonly #lifecycle: Lifecycle

  private constructor(core: Core, ports: CorePorts, lifecycle: Lifecycle) {
    this.core = core
    this.ports = ports
    this.#lifecycle = lifecycle
    this.clients = lifecycle.use('clients', connect(core.port), close)
  }

  /** Starts one on these ports, which stay open when it stops. */
  static async start(ports: CorePorts, overrides: Partial<CoreConfig> = {}): Promise<CoreProgram> {
    const lifecycle = new Lifecycle()
    const core = createCore(coreConfig(overrides), { ...ports, log: silent })
    lifecycle.use('core', core, () => core.stop())
    await core.start()
    return new CoreProgram(core, ports, lifecycle)
  }

  /** Makes a user. */
  async signUp(): Promise<SignedIn> {
    const username = `user ${randomUUID().slice(0, 13)}`
    const request = { username, password: 'correct horse', requestId: '' }
    const { user, token } = await this.clients.users.call((client) => client.createUser, request)
    return { id: user?.id ?? '', username, token }
  }

  /** Makes a server with members. */
  async createServer(owner: SignedIn, members: readonly SignedIn[] = []): Promise<Server> {
    const { server } = await this.clients.servers.call(
      (client) => client.createServer,
      { name: 'A server', memberIds: members.map(({ id }) => id), requestId: '' },
      { userId: owner.id },
    )
    if (!server) throw new Error('the answer holds no server')
    return server
  }

  /** Asks whether a user may read a channel live, as gateways do. Rejects with the refusal. */
  async authorizeJoin(userId: string, channelId: string): Promise<JoinPermission> {
    const stream = this.clients.core.open((client) => client.authorizeJoins)
    const answered = once(stream, 'data') as Promise<[AuthorizeJoinsResponse]>
    stream.write({ batch: 1, joins: [{ userId, channelId }] })
    stream.end()
    const outcome = (await answered)[0].verdicts[0]?.outcome
    if (outcome?.$case === 'permission') return outcome.value
    if (outcome) throw fromRefusal(outcome.value)
    throw new Error('the answer holds no verdict')
  }

  /** Stops the core and closes the clients. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifecycle.close()
  }
}

/** Connects to a core, with the right service token where none is given. */
export function connect(port: number, serviceToken = SERVICE_TOKEN, host = '127.0.0.1') {
  const options = { addresses: [`${host}:${port}`], tls: undefined, serviceToken }
  return {
    users: new GrpcClients(UsersServiceClient, options),
    roles: new GrpcClients(RolesServiceClient, options),
    invites: new GrpcClients(InvitesServiceClient, options),
    moderation: new GrpcClients(ModerationServiceClient, options),
    servers: new GrpcClients(ServersServiceClient, options),
    directs: new GrpcClients(DirectsServiceClient, options),
    reading: new GrpcClients(ReadingServiceClient, options),
    messages: new GrpcClients(MessagesServiceClient, options),
    history: new GrpcClients(HistoryServiceClient, options),
    core: new GrpcClients(CoreServiceClient, options),
  }
}

/** Closes what {@link connect} opened. */
export function close(clients: Clients): void {
  for (const each of Object.values(clients)) each.close()
}
