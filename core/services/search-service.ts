import type { SearchServiceServer } from '../../gen/recado/v1/search_service.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import type { Searcher } from '../search/searcher.js'

/** `recado.v1.SearchService`. */
export function createSearchService(
  handlers: Handlers,
  { searcher }: { searcher: Searcher },
): SearchServiceServer {
  return {
    searchMessages: handlers.acting(async (request, { userId }) => {
      const { items, nextPageToken } = await searcher.search(userId, request)
      return { messages: items, nextPageToken }
    }),
  }
}
