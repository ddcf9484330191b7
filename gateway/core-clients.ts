import { CoreServiceClient } from '../gen/recado/internal/v1/core_service.js'
import { DirectsServiceClient } from '../gen/recado/v1/directs_service.js'
import { HistoryServiceClient } from '../gen/recado/v1/history_service.js'
import { MessagesServiceClient } from '../gen/recado/v1/messages_service.js'
import { SearchServiceClient } from '../gen/recado/v1/search_service.js'
import { InvitesServiceClient } from '../gen/recado/v1/invites_service.js'
import { ModerationServiceClient } from '../gen/recado/v1/moderation_service.js'
import { RolesServiceClient } from '../gen/recado/v1/roles_service.js'
import { ReadingServiceClient } from '../gen/recado/v1/reading_service.js'
import { ServersServiceClient } from '../gen/recado/v1/servers_service.js'
import { UsersServiceClient } from '../gen/recado/v1/users_service.js'
import { GrpcClients, type GrpcClientOptions } from '../lib/grpc/client.js'
import { Instances } from '../lib/grpc/instances.js'

/** The clients of core's services. */
export type CoreClients = {
  users: GrpcClients<UsersServiceClient>
  servers: GrpcClients<ServersServiceClient>
  roles: GrpcClients<RolesServiceClient>
  invites: GrpcClients<InvitesServiceClient>
  moderation: GrpcClients<ModerationServiceClient>
  directs: GrpcClients<DirectsServiceClient>
  reading: GrpcClients<ReadingServiceClient>
  messages: GrpcClients<MessagesServiceClient>
  history: GrpcClients<HistoryServiceClient>
  search: GrpcClients<SearchServiceClient>
  /** What only programs ask. */
  core: GrpcClients<CoreServiceClient>
  /** Closes the connections; calls in hand fail. */
  close(): void
}

/** Makes the clients of core's services. Nothing is connected before the first call. */
export function createCoreClients({ addresses, ...rest }: GrpcClientOptions): CoreClients {
  const options = { ...rest, addresses, instances: new Instances(addresses) }
  const clients = {
    users: new GrpcClients(UsersServiceClient, options),
    roles: new GrpcClients(RolesServiceClient, options),
    invites: new GrpcClients(InvitesServiceClient, options),
    moderation: new GrpcClients(ModerationServiceClient, options),
    servers: new GrpcClients(ServersServiceClient, options),
    directs: new GrpcClients(DirectsServiceClient, options),
    reading: new GrpcClients(ReadingServiceClient, options),
    messages: new GrpcClients(MessagesServiceClient, options),
    history: new GrpcClients(HistoryServiceClient, options),
    search: new GrpcClients(SearchServiceClient, options),
    core: new GrpcClients(CoreServiceClient, options),
  }
  return {
    ...clients,
    close: () => {
      for (const client of Object.values(clients)) client.close()
    },
  }
}
