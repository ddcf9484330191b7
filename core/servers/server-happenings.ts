import type { Server } from '../../gen/recado/v1/types.js'
import type { Handle } from '../handle.js'
import { insertHappenings } from '../happenings/happening-queries.js'
import { readServer } from './server-reads.js'

/**
 * Has a server's topic tell that it was changed, in the transaction that does it; resolves with the server as the member sees it who
 * changed it.
 */
export async function tellUpdated(transaction: Handle, userId: string, serverId: string): Promise<Server> {
  const server = await readServer(transaction, userId, serverId)
  // Not every member may view what this one may.
  const what = { $case: 'serverUpdated' as const, value: { ...server, channels: [] } }
  await insertHappenings(transaction, [{ topic: `server:${serverId}`, what }])
  return server
}
