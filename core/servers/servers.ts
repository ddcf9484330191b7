import { isId, newId } from '../../contract/ids.js'
import { AuditAction } from '../../gen/recado/v1/moderation_service.js'
import type {
  CreateServerRequest,
  TransferServerRequest,
  UpdateServerRequest,
} from '../../gen/recado/v1/servers_service.js'
import type { Server } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import { insertAuditEntry } from '../audit/audit-queries.js'
import { insertChannel, lockChannels } from '../channels/channel-queries.js'
import { insertDeletions } from '../deletions/deletion-queries.js'
import type { Handle } from '../handle.js'
import { findMember, insertMembers, listMembers } from '../members/member-queries.js'
import { insertHappenings, type What } from '../happenings/happening-queries.js'
import { PageTokens, type Page } from '../requests/page-token.js'
import { makeOnce } from '../requests/request-ids.js'
import { insertRevocations } from '../revocations/revocation-queries.js'
import { builtInRoles } from '../roles/built-in-roles.js'
import { tellMemberChange } from '../roles/role-changes.js'
import { insertRoles } from '../roles/role-queries.js'
import { memberNotFound } from '../members/member-rules.js'
import { findUserIds, requireUser } from '../users/user-queries.js'
import { noActingUser } from '../users/user-rules.js'
import { requireLockedServer } from './server-access.js'
import { deleteServer, insertServer, listServers, updateServer } from './server-queries.js'
import { tellUpdated } from './server-happenings.js'
import { countThatFit, readServer, readServers } from './server-reads.js'
import { toNameChange } from './server-rules.js'

const FIRST_CHANNEL_NAME = 'general'
/** Servers in a page where none were asked for. */
const DEFAULT_PAGE_SIZE = 100

/** Unknown members that are named in an error; the others are like them. */
const MAX_NAMED = 10

/** Members whose own topics tell of a deleted server; the others hear of it on the server's topic, or when they next ask. */
const MAX_TOLD = 1_000

/** Makes, reads, changes and deletes servers. */
export class Servers {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Makes a server with its roles, its first channel and its first members, all in one write; a repeat with the same request id
   * answers with the same one.
   * @throws `invalid_argument`, `not_found`, `unauthenticated`
   */
  async create(ownerId: string, { name, memberIds, requestId }: CreateServerRequest): Promise<Server> {
    const asked = ['server', name, memberIds]
    return this.#database.write(async (transaction) => {
      await assertUsersExist(transaction, ownerId, memberIds)
      const { id, isNew } = await makeOnce(transaction, { actor: ownerId, requestId, asked }, newId())
      if (isNew) await makeServer(transaction, { id, name, ownerId, memberIds })
      return readServer(transaction, ownerId, id)
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
   * Lists the user's servers, oldest first. A page may be shorter than what was asked for: it holds no more than an answer.
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
      const page = tokens.toPage(rows, await countThatFit(handle, ids), (row) => row.id)
      return { ...page, items: await readServers(handle, userId, page.items) }
    })
  }

  /**
   * Changes what is given of a server.
   * @throws `invalid_argument`, `not_found`, `permission_denied`
   */
  async update(actorId: string, { serverId, name }: UpdateServerRequest): Promise<Server> {
    const change = toNameChange(name)
    return this.#database.write(async (transaction) => {
      await requireLockedServer(transaction, serverId, actorId, 'manage_server')
      await updateServer(transaction, serverId, { name: change })
      const action = AuditAction.AUDIT_ACTION_SERVER_UPDATED
      await insertAuditEntry(transaction, { serverId, actorId, action })
      return tellUpdated(transaction, actorId, serverId)
    })
  }

  /**
   * Makes another member the owner, and tells the log of lost rights: the former one may view only what their roles let them.
   * @throws `not_found`, `permission_denied`
   */
  transfer(actorId: string, { serverId, userId }: TransferServerRequest): Promise<Server> {
    return this.#database.write(async (transaction) => {
      await requireLockedServer(transaction, serverId, actorId, 'own_server')
      const member = isId(userId) && (await findMember(transaction, serverId, userId))
      if (!member) throw memberNotFound()
      if (userId === actorId) return readServer(transaction, actorId, serverId)
      await updateServer(transaction, serverId, { owner_id: userId })
      const action = AuditAction.AUDIT_ACTION_SERVER_TRANSFERRED
      await insertAuditEntry(transaction, { serverId, actorId, action, targetId: userId })
      await tellMemberChange(transaction, serverId, actorId)
      return tellUpdated(transaction, actorId, serverId)
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
      const members = await listMembers(transaction, serverId, undefined, MAX_TOLD)
      await deleteServer(transaction, serverId)
      await insertDeletions(transaction, channelIds)
      await insertRevocations(transaction, [{ $case: 'serverDeleted', value: { serverId } }])
      const userIds = members.map((member) => member.user_id)
      await tellUsers(transaction, userIds, { $case: 'serverLeft', value: { serverId } })
    })
  }
}

async function makeServer(
  transaction: Handle,
  { id, name, ownerId, memberIds }: { id: string; name: string; ownerId: string; memberIds: string[] },
): Promise<void> {
  const announcementChannelId = newId()
  const members = [...new Set([ownerId, ...memberIds])]
  await insertServer(transaction, { id, name, ownerId, announcementChannelId, memberCount: members.length })
  await insertRoles(
    transaction,
    builtInRoles.map((role) => ({ ...role, id: newId(), server_id: id })),
  )
  await insertChannel(transaction, { id: announcementChannelId, serverId: id, name: FIRST_CHANNEL_NAME })
  await insertMembers(transaction, id, members)
  await tellUsers(transaction, members, { $case: 'serverJoined', value: { serverId: id } })
}

async function tellUsers(transaction: Handle, userIds: readonly string[], what: What): Promise<void> {
  await insertHappenings(
    transaction,
    userIds.map((userId) => ({ topic: `user:${userId}`, what })),
  )
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
