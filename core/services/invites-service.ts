import type { InvitesServiceServer } from '../../gen/recado/v1/invites_service.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import type { Invites } from '../invites/invites.js'

/** `recado.v1.InvitesService`. */
export function createInvitesService(
  handlers: Handlers,
  { invites }: { invites: Invites },
): InvitesServiceServer {
  return {
    createInvite: handlers.acting(async (request, { userId }) => ({
      invite: await invites.create(userId, request),
    })),
    listInvites: handlers.acting(async (request, { userId }) => {
      const { items, nextPageToken } = await invites.list(userId, request)
      return { invites: items, nextPageToken }
    }),
    getInvite: handlers.acting(({ code }, { userId }) => invites.get(userId, code)),
    acceptInvite: handlers.acting(async ({ code }, { userId }) => ({
      server: await invites.accept(userId, code),
    })),
    deleteInvite: handlers.acting(async ({ code }, { userId }) => {
      await invites.delete(userId, code)
      return {}
    }),
  }
}
