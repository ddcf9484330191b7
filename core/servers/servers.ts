import { isId, newId } from '../../contract/ids.js'
import type { Server } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import { toChannel } from '../channels/channel-messages.js'
import {
  insertChannel,
  listChannels,
  listChannelsOf,
  lockChannels,
  type ChannelRow,
} from '../channels/channel-queries.js'
import type { Handle } from '../handle.js'
import { insertMembers } from '../members/member-queries.js'
import { toPage, toPageStart, type Page } from '../requests/page-token.js'
import { insertRevocations } from '../revocations/revocation-queries.js'
import { findUserIds } from '../users/user-queries.js'
import { requireOwnServer, requireServer } from './server-access.js'
import { deleteServer, insertServer, listServers, renameServer, type ServerRow } from './server-queries.js'
import { serverNotFound } from './server-rules.js'

const FIRST_CHANNEL_NAME = 'general'
/** Servers in a page where none were asked for. */
const DEFAULT_PAGE_SIZE = 100

/** Unknown members that are named in an error; the others are like them. */
const MAX_NAMED = 10

/** Makes, reads, renames and deletes servers. */
export class Servers {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Makes a server with its first channel and its first members, all in one write.
   * @throws `invalid_argument`, `not_found`, `unauthenticated`
   */
  async create(ownerId: string, name: string, memberIds: readonly string[]): Promise<Server> {
    return this.#database.write(async (transaction) => {
      await assertUsersExist(transaction, ownerId, memberIds)
      const [id, announcementChannelId] = [newId(), newId()]
      const server = await insertServer(transaction, { id, name, ownerId, announcementChannelId })
      const channel = await insertChannel(transaction, {
        id: announcementChannelId,
        serverId: id,
        name: FIRST_CHANNEL_NAME,
      })
      await insertMembers(transaction, id, [...new Set([ownerId, ...memberIds])])
      return toServer(server, [channel])
    })
  }

  /**
   * Reads a server.
   * @throws `not_found`
   */
  get(userId: string, serverId: string): Promise<Server> {
    return this.#database.read(async (handle) => {
      const server = await requireServer(handle, serverId, userId)
      return toServer(server, await listChannels(handle, serverId))
    })
  }

  /**
   * Lists the user's servers, oldest first.
   * @throws `invalid_argument`
   */
  async list(userId: string, asked: { pageSize: number; pageToken: string }): Promise<Page<Server>> {
    const limit = asked.pageSize || DEFAULT_PAGE_SIZE
    const start = toPageStart(asked.pageToken)
    return this.#database.read(async (handle) => {
      const page = toPage(await listServers(handle, userId, start, limit + 1), limit, (row) => row.id)
      const channels = await listChannelsOf(
        handle,
        page.items.map((row) => row.id),
      )
      return { ...page, items: page.items.map((row) => toServer(row, channels.get(row.id) ?? [])) }
    })
  }

  /**
   * Renames a server.
   * @throws `invalid_argument`, `not_found`, `permission_denied`
   */
  async rename(userId: string, serverId: string, name: string): Promise<Server> {
    return this.#database.write(async (transaction) => {
      await requireOwnServer(transaction, serverId, userId)
      const server = await renameServer(transaction, serverId, name)
      if (!server) throw serverNotFound()
      return toServer(server, await listChannels(transaction, serverId))
    })
  }

  /**
   * Deletes a server with its channels, and tells the log of lost rights.
   * @throws `not_found`, `permission_denied`
   */
  delete(userId: string, serverId: string): Promise<void> {
    return this.#database.write(async (transaction) => {
      await requireOwnServer(transaction, serverId, userId)
      const channelIds = await lockChannels(transaction, serverId)
      await deleteServer(transaction, serverId)
      await insertRevocations(
        transaction,
        channelIds.map((channelId) => ({ $case: 'channelDeleted', value: { channelId } })),
      )
    })
  }
}

async function assertUsersExist(
  handle: Handle,
  ownerId: string,
  memberIds: readonly string[],
): Promise<void> {
  const known = await findUserIds(handle, [ownerId, ...memberIds].filter(isId))
  if (!known.has(ownerId)) throw new RecadoError('unauthenticated', 'The acting user is not there.')
  const unknown = memberIds.flatMap((id, index) => (known.has(id) ? [] : [[`member_ids[${index}]`, id]]))
  if (unknown.length === 0) return
  const named = unknown
    .slice(0, MAX_NAMED)
    .map(([field, id]) => [field, `there is no user ${JSON.stringify(id?.slice(0, 40))}`])
  throw new RecadoError('not_found', 'Not all of these members are there.', {
    details: Object.fromEntries(named) as Record<string, string>,
  })
}

function toServer(row: ServerRow, channels: readonly ChannelRow[]): Server {
  return {
    id: row.id,
    name: row.name,
    ownerId: row.owner_id,
    announcementChannelId: row.announcement_channel_id,
    channels: channels.map(toChannel),
    createdAt: row.created_at.toISOString(),
  }
}
