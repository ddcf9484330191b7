import type { Member } from '../../gen/recado/v1/types.js'
import type { Database } from '../../ports/database/database.js'
import type { Handle } from '../handle.js'
import { PageTokens, type Page } from '../requests/page-token.js'
import { isId } from '../../contract/ids.js'
import { insertRevocations } from '../revocations/revocation-queries.js'
import { demandRemoval } from '../rights/rights.js'
import { requireLockedServer, requireServer } from '../servers/server-access.js'
import { findLivingUser } from '../users/user-queries.js'
import { userNotFound } from '../users/user-rules.js'
import { deleteMember, findMember, insertMembers, listMembers, type MemberRow } from './member-queries.js'

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
      return { ...page, items: page.items.map(toMember) }
    })
  }

  /**
   * Makes a user a member; one who is stays as they are.
   * @throws `not_found`, `permission_denied`
   */
  add(actingUserId: string, serverId: string, userId: string): Promise<Member> {
    return this.#database.write(async (transaction) => {
      await requireLockedServer(transaction, serverId, actingUserId, 'manage_server')
      await assertUserExists(transaction, userId)
      await insertMembers(transaction, serverId, [userId])
      const member = await findMember(transaction, serverId, userId)
      if (!member) throw userNotFound()
      return toMember(member)
    })
  }

  /**
   * Removes a member, and tells the log of lost rights; nothing changes for one who is none.
   * @throws `not_found`, `permission_denied`, `failed_precondition`
   */
  remove(actingUserId: string, serverId: string, userId: string): Promise<void> {
    return this.#database.write(async (transaction) => {
      const server = await requireLockedServer(transaction, serverId, actingUserId, 'view_channel')
      demandRemoval(server, actingUserId, userId)
      if (!isId(userId) || !(await deleteMember(transaction, serverId, userId))) return
      await insertRevocations(transaction, [{ $case: 'memberRemoved', value: { serverId, userId } }])
    })
  }
}

async function assertUserExists(handle: Handle, userId: string): Promise<void> {
  if (!(await findLivingUser(handle, userId))) throw userNotFound()
}

function toMember(row: MemberRow): Member {
  return { userId: row.user_id, joinedAt: row.joined_at.toISOString(), roleIds: [], user: undefined }
}
