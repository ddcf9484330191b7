import type { ServersServiceServer } from '../../gen/recado/v1/servers_service.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import type { Channels } from '../channels/channels.js'
import type { Members } from '../members/members.js'
import type { Moderation } from '../moderation/moderation.js'
import type { Retention } from '../retention/retention.js'
import type { Servers } from '../servers/servers.js'

/** What the service calls. */
export type ServersServiceDeps = {
  servers: Servers
  channels: Channels
  members: Members
  moderation: Moderation
  retention: Retention
}

/** `recado.v1.ServersService`. */
export function createServersService(handlers: Handlers, deps: ServersServiceDeps): ServersServiceServer {
  return {
    ...serverCalls(handlers, deps),
    ...channelCalls(handlers, deps),
    ...memberCalls(handlers, deps),
    getModeration: handlers.acting(async ({ serverId }, { userId }) => ({
      blockedWords: await deps.moderation.get(userId, serverId),
    })),
    updateRetention: handlers.acting(async ({ serverId, days }, { userId }) => {
      await deps.retention.update(userId, serverId, days)
      return {}
    }),
    updateModeration: handlers.acting(async ({ serverId, blockedWords }, { userId }) => ({
      blockedWords: await deps.moderation.update(userId, serverId, blockedWords),
    })),
  }
}

type Calls<Name extends keyof ServersServiceServer> = Pick<ServersServiceServer, Name>

function serverCalls(
  handlers: Handlers,
  { servers }: ServersServiceDeps,
): Calls<'createServer' | 'getServer' | 'listServers' | 'updateServer' | 'deleteServer' | 'transferServer'> {
  return {
    createServer: handlers.acting(async (request, { userId }) => ({
      server: await servers.create(userId, request),
    })),
    getServer: handlers.acting(async ({ serverId }, { userId }) => ({
      server: await servers.get(userId, serverId),
    })),
    listServers: handlers.acting(async (request, { userId }) => {
      const { items, nextPageToken } = await servers.list(userId, request)
      return { servers: items, nextPageToken }
    }),
    updateServer: handlers.acting(async (request, { userId }) => ({
      server: await servers.update(userId, request),
    })),
    transferServer: handlers.acting(async (request, { userId }) => ({
      server: await servers.transfer(userId, request),
    })),
    deleteServer: handlers.acting(async ({ serverId }, { userId }) => {
      await servers.delete(userId, serverId)
      return {}
    }),
  }
}

function channelCalls(
  handlers: Handlers,
  { channels }: ServersServiceDeps,
): Calls<'createChannel' | 'getServerChannel' | 'updateChannel' | 'deleteChannel'> {
  return {
    createChannel: handlers.acting(async (request, { userId }) => ({
      channel: await channels.create(userId, request),
    })),
    getServerChannel: handlers.acting(async ({ channelId }, { userId }) => ({
      channel: await channels.get(userId, channelId),
    })),
    updateChannel: handlers.acting(async (request, { userId }) => ({
      channel: await channels.update(userId, request),
    })),
    deleteChannel: handlers.acting(async ({ channelId }, { userId }) => {
      await channels.delete(userId, channelId)
      return {}
    }),
  }
}

function memberCalls(
  handlers: Handlers,
  { members }: ServersServiceDeps,
): Calls<'listMembers' | 'addMember' | 'removeMember'> {
  return {
    listMembers: handlers.acting(async (request, { userId }) => {
      const { items, nextPageToken } = await members.list(userId, request.serverId, request)
      return { members: items, nextPageToken }
    }),
    addMember: handlers.acting(async (request, { userId }) => ({
      member: await members.add(userId, request.serverId, request.userId),
    })),
    removeMember: handlers.acting(async (request, { userId }) => {
      await members.remove(userId, request.serverId, request.userId)
      return {}
    }),
  }
}
