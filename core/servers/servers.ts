import { isId, newId } from '../../contract/ids.js'
import type { CreateServerRequest, UpdateServerRequest } from '../../gen/recado/v1/servers_service.js'
import type { Server } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import { toChannel } from '../channels/channel-messages.js'
import {
  countChannelsOf,
  insertChannel,
  listChannels,
  listChannelsOf,
  lockChannels,
  type ChannelRow,
} from '../channels/channel-queries.js'
import { insertDeletions } from '../deletions/deletion-queries.js'
import type { Handle } from '../handle.js'
import { insertMembers } from '../members/member-queries.js'
import { PageTokens, type Page } from '../requests/page-token.js'
import { makeOnce } from '../requests/request-ids.js'
import { insertRevocations } from '../revocations/revocation-queries.js'
import { findUserIds, requireUser } from '../users/user-queries.js'
import { noActingUser } from '../users/user-rules.js'
import { requireLockedServer, requireServer } from './server-access.js'
import { deleteServer, insertServer, listServers, renameServer, type ServerRow } from './server-queries.js'
import { toNameChange } from './server-rules.js'

const FIRST_CHANNEL_NAME = 'general'
/** Servers in a page where none were asked for. */
const DEFAULT_PAGE_SIZE = 100

/** Channels in one page: with the longest names they take less than 1 MiB, and a server has 500 at most. */
const MAX_CHANNELS_IN_PAGE = 1_800

/** Unknown members that are named in an error; the others are like them. */
const MAX_NAMED = 10

/** Makes, reads, renames and deletes servers. */
export class Servers {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Makes a server with its first channel and its first members, all in one write; a repeat with the same request id answers with
   * the same one.
   * @throws `invalid_argument`, `not_found`, `unauthenticated`
   */
  async create(ownerId: string, { name, memberIds, requestId }: CreateServerRequest): Promise<Server> {
    const asked = ['server', name, memberIds]
    return this.#database.write(async (transaction) => {
      await assertUsersExist(transaction, ownerId, memberIds)
      const { id, isNew } = await makeOnce(transaction, { actor: ownerId, requestId, asked }, newId())
      if (!isNew) return readServer(transaction, ownerId, id)
      const announcementChannelId = newId()
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
    return this.#database.read((handle) => readServer(handle, userId, serverId))
  }

  /**
   * Lists the user's servers, oldest first. A page may be shorter than what was asked for: it holds no more channels than an answer.
   * @throws `invalid_argument`, `unauthenticated`
   */
  async list(userId: string, asked: { pageSize: number; pageToken: string }): Promise<Page<Server>> {
    const limit = asked.pageSize || DEFAULT_PAGE_SIZE
    const tokens = new PageTokens('servers', userId)
    const start = tokens.toStart(asked.pageToken)
    return this.#database.read(async (handle) => {
      const rows = await listServers(handle, userId, start, limit + 1)
      if (rows.length === 0) await requireUser(handle, userId)
      const ids = rows.slice(0, limit).map((row) => row.id)
      const size = countThatFit(ids, await countChannelsOf(handle, ids))
      const channels = await listChannelsOf(handle, ids.slice(0, size))
      const page = tokens.toPage(rows, size, (row) => row.id)
      return { ...page, items: page.items.map((row) => toServer(row, channels.get(row.id) ?? [])) }
    })
  }

  /**
   * Changes what is given of a server.
   * @throws `invalid_argument`, `not_found`, `permission_denied`
   */
  async update(userId: string, { serverId, name }: UpdateServerRequest): Promise<Server> {
    const change = toNameChange(name)
    return this.#database.write(async (transaction) => {
      await requireLockedServer(transaction, serverId, userId, 'manage_server')
      await renameServer(transaction, serverId, change)
      return readServer(transaction, userId, serverId)
    })
  }

  /**
   * Deletes a server with its channels, and tells the log of lost rights. Their events leave the log of events later.
   * @throws `not_found`, `permission_denied`
   */
  delete(userId: string, serverId: string): Promise<void> {
    return this.#database.write(async (transaction) => {
      await requireLockedServer(transaction, serverId, userId, 'own_server')
      const channelIds = await lockChannels(transaction, serverId)
      await deleteServer(transaction, serverId)
      await insertDeletions(transaction, channelIds)
      await insertRevocations(transaction, [{ $case: 'serverDeleted', value: { serverId } }])
    })
  }
}

async function readServer(handle: Handle, userId: string, serverId: string): Promise<Server> {
  const server = await requireServer(handle, serverId, userId)
  return toServer(server, await listChannels(handle, serverId))
}

/** How many of these servers, in their order, an answer has room for; at least one. */
function countThatFit(serverIds: readonly string[], channelCounts: ReadonlyMap<string, number>): number {
  let channels = 0
  const first = serverIds.findIndex((id) => (channels += channelCounts.get(id) ?? 0) > MAX_CHANNELS_IN_PAGE)
  return first === -1 ? serverIds.length : Math.max(first, 1)
}

async function assertUsersExist(
  handle: Handle,
  ownerId: string,
  memberIds: readonly string[],
): Promise<void> {
  const known = await findUserIds(handle, [ownerId, ...memberIds].filter(isId))
  if (!known.has(ownerId)) throw noActingUser()
  const unknown = memberIds.flatMap((id, index) => (known.has(id) ? [] : [[`member_ids[${index}]`, id]]))
  if (unknown.length === 0) return
  const named = unknown
    .slice(0, MAX_NAMED)
    .map(([field, id]) => [field, `there is no user ${JSON.stringify(id?.slice(0, 40))}`])
  throw new RecadoError('not_found', 'Not all of these members are there.', {
    reason: 'USER_NOT_FOUND',
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
    roles: [],
  }
}
