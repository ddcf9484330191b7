import { isId } from '../../contract/ids.js'
import {
  AuditAction,
  type Ban,
  type BanUserRequest,
  type ListBansRequest,
  type UnbanUserRequest,
} from '../../gen/recado/v1/moderation_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import { insertAuditEntry } from '../audit/audit-queries.js'
import { takeOut } from '../members/membership.js'
import { PageTokens, type Page } from '../requests/page-token.js'
import { demandAboveUser, requireLockedServer, requireServer } from '../servers/server-access.js'
import { findUser } from '../users/user-queries.js'
import { userNotFound } from '../users/user-rules.js'
import { countBans, deleteBan, listBans, putBan, type BanRow } from './ban-queries.js'

/** Bans that a server may have. */
export const MAX_BANS = 10_000

/** Bans in a page where none were asked for. */
const DEFAULT_PAGE_SIZE = 100

/** Keeps users out of servers. */
export class Bans {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Bans a user, who is taken out if they are a member, and tells the log of lost rights.
   * @throws `not_found`, `permission_denied`, `failed_precondition`, `resource_exhausted`
   */
  ban(actorId: string, { serverId, userId, reason }: BanUserRequest): Promise<Ban> {
    return this.#database.write(async (transaction) => {
      const server = await requireLockedServer(transaction, serverId, actorId, 'ban_members')
      if (actorId === userId) throw ownBan()
      if (!isId(userId) || !(await findUser(transaction, userId))) throw userNotFound()
      await demandAboveUser(transaction, server, userId)
      const row = await putBan(transaction, { serverId, userId, bannedBy: actorId, reason })
      if ((await countBans(transaction, serverId)) > MAX_BANS) throw tooManyBans()
      await takeOut(transaction, serverId, userId)
      const action = AuditAction.AUDIT_ACTION_USER_BANNED
      await insertAuditEntry(transaction, { serverId, actorId, action, targetId: userId, reason })
      return toBan(row)
    })
  }

  /**
   * Lifts a ban; nothing changes where there is none.
   * @throws `not_found`, `permission_denied`
   */
  unban(actorId: string, { serverId, userId }: UnbanUserRequest): Promise<void> {
    return this.#database.write(async (transaction) => {
      await requireLockedServer(transaction, serverId, actorId, 'ban_members')
      if (!isId(userId) || !(await deleteBan(transaction, serverId, userId))) return
      const action = AuditAction.AUDIT_ACTION_USER_UNBANNED
      await insertAuditEntry(transaction, { serverId, actorId, action, targetId: userId })
    })
  }

  /**
   * Lists bans in the order of the user ids.
   * @throws `invalid_argument`, `not_found`, `permission_denied`
   */
  async list(actorId: string, { serverId, pageSize, pageToken }: ListBansRequest): Promise<Page<Ban>> {
    const limit = pageSize || DEFAULT_PAGE_SIZE
    const tokens = new PageTokens('bans', actorId, serverId)
    const start = tokens.toStart(pageToken)
    return this.#database.read(async (handle) => {
      await requireServer(handle, serverId, actorId, 'ban_members')
      const rows = await listBans(handle, serverId, start, limit + 1)
      const page = tokens.toPage(rows, limit, (row) => row.user_id)
      return { ...page, items: page.items.map(toBan) }
    })
  }
}

function toBan(row: BanRow): Ban {
  return {
    userId: row.user_id,
    bannedBy: row.banned_by,
    reason: row.reason ?? undefined,
    bannedAt: row.banned_at.toISOString(),
  }
}

function ownBan(): RecadoError {
  return new RecadoError('failed_precondition', 'You cannot ban yourself. Leave the server instead.', {
    reason: 'OWN_BAN',
  })
}

function tooManyBans(): RecadoError {
  return new RecadoError(
    'resource_exhausted',
    `A server has at most ${MAX_BANS.toLocaleString('en')} bans. Lift one first.`,
    { retryable: false, reason: 'TOO_MANY_BANS' },
  )
}
