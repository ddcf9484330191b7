import { AuditAction } from '../../gen/recado/v1/moderation_service.js'
import type { Database } from '../../ports/database/database.js'
import { insertAuditEntry } from '../audit/audit-queries.js'
import { requireLockedServer } from '../servers/server-access.js'
import { tellUpdated } from '../servers/server-happenings.js'
import { setRetention } from './retention-queries.js'

/** Sets for how long servers keep messages. */
export class Retention {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Has a server keep messages for so many days; undefined: for ever.
   * @throws `not_found`, `permission_denied`
   */
  update(actorId: string, serverId: string, days: number | undefined): Promise<void> {
    return this.#database.write(async (transaction) => {
      await requireLockedServer(transaction, serverId, actorId, 'manage_server')
      await setRetention(transaction, serverId, days)
      const action = AuditAction.AUDIT_ACTION_RETENTION_UPDATED
      await insertAuditEntry(transaction, { serverId, actorId, action })
      await tellUpdated(transaction, actorId, serverId)
    })
  }
}
