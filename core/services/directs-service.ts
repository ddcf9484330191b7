import type { DirectsServiceServer } from '../../gen/recado/v1/directs_service.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import type { Directs } from '../directs/directs.js'

/** `recado.v1.DirectsService`. */
export function createDirectsService(
  handlers: Handlers,
  { directs }: { directs: Directs },
): DirectsServiceServer {
  return {
    openDirect: handlers.acting(async (request, { userId }) => ({
      direct: await directs.open(userId, request.userId),
    })),
    createGroupDirect: handlers.acting(async (request, { userId }) => ({
      direct: await directs.createGroup(userId, request),
    })),
    listDirects: handlers.acting(async (request, { userId }) => {
      const { items, nextPageToken } = await directs.list(userId, request)
      return { directs: items, nextPageToken }
    }),
  }
}
