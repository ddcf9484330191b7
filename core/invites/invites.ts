import { randomBytes } from 'node:crypto'
import type {
  CreateInviteRequest,
  GetInviteResponse,
  Invite,
  ListInvitesRequest,
} from '../../gen/recado/v1/invites_service.js'
import { AuditAction } from '../../gen/recado/v1/moderation_service.js'
import type { Server } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import { insertAuditEntry } from '../audit/audit-queries.js'
import type { Handle } from '../handle.js'
import { findMember } from '../members/member-queries.js'
import { letIn } from '../members/membership.js'
import { PageTokens, type Page } from '../requests/page-token.js'
import { makeOnce } from '../requests/request-ids.js'
import { findDenial } from '../rights/rights.js'
import { requireLockedServer, requireServer } from '../servers/server-access.js'
import { lockServerRow } from '../servers/server-queries.js'
import { readServer } from '../servers/server-reads.js'
import { requireUser } from '../users/user-queries.js'
import {
  countInvites,
  deleteInvite,
  findInvite,
  insertInvite,
  listInvites,
  takeUse,
  type InviteRow,
} from './invite-queries.js'

/** Invites of a server that can be used at the same time. */
export const MAX_INVITES = 1_000

/** Invites in a page where none were asked for. */
const DEFAULT_PAGE_SIZE = 100

/** Random bytes of a code: 72 bits, so that nobody finds one by trying. */
const CODE_BYTES = 9

/** Makes, reads, uses and deletes invites. */
export class Invites {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Makes an invite; a repeat with the same request id answers with the same one.
   * @throws `invalid_argument`, `not_found`, `permission_denied`, `resource_exhausted`
   */
  create(actorId: string, request: CreateInviteRequest): Promise<Invite> {
    const { serverId, expiresInS, maxUses, requestId } = request
    const asked = ['invite', serverId, expiresInS, maxUses]
    return this.#database.write(async (transaction) => {
      await requireLockedServer(transaction, serverId, actorId, 'create_invites')
      const newCode = randomBytes(CODE_BYTES).toString('base64url')
      const named = { actor: actorId, requestId, asked }
      const { id: code, isNew } = await makeOnce(transaction, named, newCode)
      if (!isNew) return toInvite(await requireInvite(transaction, code))
      if ((await countInvites(transaction, serverId)) >= MAX_INVITES) throw tooManyInvites()
      const row = await insertInvite(transaction, { code, serverId, createdBy: actorId, maxUses, expiresInS })
      const action = AuditAction.AUDIT_ACTION_INVITE_CREATED
      await insertAuditEntry(transaction, { serverId, actorId, action, targetId: code })
      return toInvite(row)
    })
  }

  /**
   * Lists the invites of a server that can still be used.
   * @throws `invalid_argument`, `not_found`, `permission_denied`
   */
  async list(actorId: string, { serverId, pageSize, pageToken }: ListInvitesRequest): Promise<Page<Invite>> {
    const limit = pageSize || DEFAULT_PAGE_SIZE
    const tokens = new PageTokens('invites', actorId, serverId)
    const start = tokens.toStart(pageToken)
    return this.#database.read(async (handle) => {
      await requireServer(handle, serverId, actorId, 'manage_server')
      const rows = await listInvites(handle, serverId, start, limit + 1)
      const page = tokens.toPage(rows, limit, (row) => row.code)
      return { ...page, items: page.items.map(toInvite) }
    })
  }

  /**
   * Reads what an invite is to.
   * @throws `not_found`, `unauthenticated`
   */
  get(userId: string, code: string): Promise<GetInviteResponse> {
    return this.#database.read(async (handle) => {
      await requireUser(handle, userId)
      const invite = await requireInvite(handle, code)
      const { server_name: serverName, member_count: memberCount } = invite
      return { invite: toInvite(invite), serverName, memberCount }
    })
  }

  /**
   * Makes the user a member by an invite; for one who is nothing changes and no use is counted. The server is locked first, as by
   * everybody who lets members in, so that uses and members are counted one after the other.
   * @throws `not_found`, `permission_denied`, `resource_exhausted`, `unauthenticated`
   */
  accept(userId: string, code: string): Promise<Server> {
    return this.#database.write(async (transaction) => {
      await requireUser(transaction, userId)
      const { server_id: serverId } = await requireInvite(transaction, code)
      await lockServerRow(transaction, serverId)
      if (await findMember(transaction, serverId, userId)) return readServer(transaction, userId, serverId)
      if (!(await takeUse(transaction, code))) throw inviteNotFound()
      await letIn(transaction, serverId, userId)
      return readServer(transaction, userId, serverId)
    })
  }

  /**
   * Deletes an invite.
   * @throws `not_found`, `permission_denied`
   */
  delete(actorId: string, code: string): Promise<void> {
    return this.#database.write(async (transaction) => {
      const { server_id: serverId, created_by: createdBy } = await requireInvite(transaction, code)
      const { permissions } = await requireLockedServer(transaction, serverId, actorId, 'view_channel')
      const denial = findDenial(permissions, 'manage_server', 'server')
      if (createdBy !== actorId && denial) throw denial
      await deleteInvite(transaction, code)
      const action = AuditAction.AUDIT_ACTION_INVITE_DELETED
      await insertAuditEntry(transaction, { serverId, actorId, action, targetId: code })
    })
  }
}

async function requireInvite(handle: Handle, code: string) {
  const invite = await findInvite(handle, code)
  if (!invite) throw inviteNotFound()
  return invite
}

function toInvite(row: InviteRow): Invite {
  return {
    code: row.code,
    serverId: row.server_id,
    createdBy: row.created_by,
    uses: row.uses,
    maxUses: row.max_uses ?? undefined,
    expiresAt: row.expires_at?.toISOString(),
    createdAt: row.created_at.toISOString(),
  }
}

function inviteNotFound(): RecadoError {
  return new RecadoError('not_found', 'This invite is not there, or can no longer be used.', {
    reason: 'INVITE_NOT_FOUND',
  })
}

function tooManyInvites(): RecadoError {
  return new RecadoError(
    'resource_exhausted',
    `A server has at most ${MAX_INVITES.toLocaleString('en')} invites that can be used. Delete one first.`,
    { retryable: false, reason: 'TOO_MANY_INVITES' },
  )
}
