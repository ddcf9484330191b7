import type { AuditEntry, ListAuditEntriesRequest } from '../../gen/recado/v1/moderation_service.js'
import type { Database } from '../../ports/database/database.js'
import { PageTokens, type Page } from '../requests/page-token.js'
import { requireServer } from '../servers/server-access.js'
import { listAuditEntries, type AuditRow } from './audit-queries.js'

/** Entries in a page where none were asked for. */
const DEFAULT_PAGE_SIZE = 100

/** Reads who did what in a server. */
export class AuditLog {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Lists entries, newest first.
   * @throws `invalid_argument`, `not_found`, `permission_denied`
   */
  async list(userId: string, asked: ListAuditEntriesRequest): Promise<Page<AuditEntry>> {
    const { serverId, pageSize, pageToken } = asked
    const limit = pageSize || DEFAULT_PAGE_SIZE
    const tokens = new PageTokens('audit', userId, serverId)
    const start = tokens.toStart(pageToken)
    return this.#database.read(async (handle) => {
      await requireServer(handle, serverId, userId, 'view_audit_log')
      const rows = await listAuditEntries(handle, serverId, start, limit + 1)
      const page = tokens.toPage(rows, limit, (row) => row.id)
      return { ...page, items: page.items.map(toEntry) }
    })
  }
}

function toEntry(row: AuditRow): AuditEntry {
  return {
    id: row.id,
    actorId: row.actor_id,
    action: row.action,
    targetId: row.target_id ?? undefined,
    reason: row.reason ?? undefined,
    at: row.created_at.toISOString(),
  }
}
