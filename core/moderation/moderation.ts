import type { Database } from '../../ports/database/database.js'
import { requireOwnServer } from '../servers/server-access.js'
import { toBlockedWords } from './blocked-words.js'
import { setBlockedWords } from './moderation-queries.js'

/** Sets what a server does not want to read. */
export class Moderation {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Replaces a server's blocked words; resolves with them as they are kept.
   * @throws `invalid_argument`, `not_found`, `permission_denied`
   */
  async update(userId: string, serverId: string, entries: readonly string[]): Promise<string[]> {
    const blockedWords = toBlockedWords(entries)
    return this.#database.write(async (transaction) => {
      await requireOwnServer(transaction, serverId, userId)
      await setBlockedWords(transaction, serverId, blockedWords)
      return blockedWords
    })
  }
}
