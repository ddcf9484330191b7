import { AuditAction } from '../../gen/recado/v1/moderation_service.js'
import type { Database } from '../../ports/database/database.js'
import { insertAuditEntry } from '../audit/audit-queries.js'
import { requireLockedServer, requireServer } from '../servers/server-access.js'
import { toBlockedWords } from './blocked-words.js'
import { setBlockedWords } from './moderation-queries.js'

/** Sets what a server does not want to read. */
export class Moderation {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Reads a server's blocked words, as they are kept.
   * @throws `not_found`, `permission_denied`
   */
  get(userId: string, serverId: string): Promise<string[]> {
    return this.#database.read(async (handle) => {
      const server = await requireServer(handle, serverId, userId, 'manage_server')
      return server.blocked_words
    })
  }

  /**
   * Replaces a server's blocked words; resolves with them as they are kept.
   * @throws `invalid_argument`, `not_found`, `permission_denied`
   */
  async update(userId: string, serverId: string, entries: readonly string[]): Promise<string[]> {
    const blockedWords = toBlockedWords(entries)
    return this.#database.write(async (transaction) => {
      await requireLockedServer(transaction, serverId, userId, 'manage_server')
      await setBlockedWords(transaction, serverId, blockedWords)
      const action = AuditAction.AUDIT_ACTION_MODERATION_UPDATED
      await insertAuditEntry(transaction, { serverId, actorId: userId, action })
      return blockedWords
    })
  }
}
