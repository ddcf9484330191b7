import { AuditAction } from '../../gen/recado/v1/moderation_service.js'
import type { Member } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import { isId } from '../../contract/ids.js'
import { insertAuditEntry } from '../audit/audit-queries.js'
import type { Handle } from '../handle.js'
import { PageTokens, type Page } from '../requests/page-token.js'
import { demandAboveUser, requireLockedServer, requireServer } from '../servers/server-access.js'
import { findLivingUser } from '../users/user-queries.js'
import { userNotFound } from '../users/user-rules.js'
import { readMember, toMembers } from './member-messages.js'
import { findMember, listMembers } from './member-queries.js'
import { letIn, takeOut } from './membership.js'

/** Members in a page where none were asked for. */
const DEFAULT_PAGE_SIZE = 100

/** Lists, adds and removes members. */
export class Members {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Lists members in the order of their user ids.
   * @throws `invalid_argument`, `not_found`
   */
  async list(
    userId: string,
    serverId: string,
    asked: { pageSize: number; pageToken: string },
  ): Promise<Page<Member>> {
    const limit = asked.pageSize || DEFAULT_PAGE_SIZE
    const tokens = new PageTokens('members', userId, serverId)
    const start = tokens.toStart(asked.pageToken)
    return this.#database.read(async (handle) => {
      await requireServer(handle, serverId, userId)
      const rows = await listMembers(handle, serverId, start, limit + 1)
      const page = tokens.toPage(rows, limit, (row) => row.user_id)
      return { ...page, items: await toMembers(handle, serverId, page.items) }
    })
  }

  /**
   * Makes a user a member; one who is stays as they are.
   * @throws `not_found`, `permission_denied`, `resource_exhausted`
   */
  add(actorId: string, serverId: string, userId: string): Promise<Member> {
    return this.#database.write(async (transaction) => {
      await requireLockedServer(transaction, serverId, actorId, 'manage_server')
      await assertUserExists(transaction, userId)
      const isNew = await letIn(transaction, serverId, userId)
      const action = AuditAction.AUDIT_ACTION_MEMBER_ADDED
      if (isNew) await insertAuditEntry(transaction, { serverId, actorId, action, targetId: userId })
      const member = await findMember(transaction, serverId, userId)
      if (!member) throw userNotFound()
      return readMember(transaction, member)
    })
  }

  /**
   * Removes a member who stands below, or oneself, and tells the log of lost rights; nothing changes for one who is none.
   * @throws `not_found`, `permission_denied`, `failed_precondition`
   */
  remove(actorId: string, serverId: string, userId: string): Promise<void> {
    const isLeaving = actorId === userId
    return this.#database.write(async (transaction) => {
      const needed = isLeaving ? 'view_channel' : 'kick_members'
      const server = await requireLockedServer(transaction, serverId, actorId, needed)
      if (isLeaving && server.owner_id === userId) throw ownerCannotLeave()
      if (!isId(userId)) return
      if (!isLeaving) await demandAboveUser(transaction, server, userId)
      const isGone = await takeOut(transaction, serverId, userId)
      const action = AuditAction.AUDIT_ACTION_MEMBER_KICKED
      if (isGone && !isLeaving)
        await insertAuditEntry(transaction, { serverId, actorId, action, targetId: userId })
    })
  }
}

async function assertUserExists(handle: Handle, userId: string): Promise<void> {
  if (!(await findLivingUser(handle, userId))) throw userNotFound()
}

function ownerCannotLeave(): RecadoError {
  return new RecadoError(
    'failed_precondition',
    'The owner cannot leave. Give the server to another member first, or delete it.',
    { reason: 'OWNER_CANNOT_LEAVE' },
  )
}
