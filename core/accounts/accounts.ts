import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import type { Sessions } from '../sessions/sessions.js'
import { changedMeanwhile, type PasswordChanges } from '../users/password-changes.js'
import { requireLockedUser } from '../users/user-queries.js'
import { blankUser, insertAccountDeletion, listOwned, lockAccount } from './account-queries.js'

/** Servers that are named in a refusal; the others are like them. */
const MAX_NAMED = 10

/** Deletes accounts. */
export class Accounts {
  readonly #database: Database
  readonly #sessions: Sessions
  readonly #passwordChanges: PasswordChanges

  constructor(deps: { database: Database; sessions: Sessions; passwordChanges: PasswordChanges }) {
    this.#database = deps.database
    this.#sessions = deps.sessions
    this.#passwordChanges = deps.passwordChanges
  }

  /**
   * Deletes the acting user's account: the name is free again and all sessions end at once; memberships and texts go in the background.
   * @throws `permission_denied` for a wrong password, `failed_precondition` for who owns servers, `aborted`, `unauthenticated`,
   *   `resource_exhausted`
   */
  async delete(userId: string, password: string): Promise<void> {
    const user = await this.#passwordChanges.confirm(userId, password)
    await this.#database.write(async (transaction) => {
      await lockAccount(transaction, userId)
      const now = await requireLockedUser(transaction, userId)
      if (now.password_hash !== user.password_hash) throw changedMeanwhile()
      const owned = await listOwned(transaction, userId, MAX_NAMED)
      if (owned.length > 0) throw ownsServers(owned)
      await blankUser(transaction, userId)
      await insertAccountDeletion(transaction, userId)
      await this.#sessions.endAll(transaction, userId)
    })
  }
}

function ownsServers(owned: readonly { id: string; name: string }[]): RecadoError {
  return new RecadoError(
    'failed_precondition',
    'You own servers. Give each to somebody else, or delete it, then delete your account.',
    {
      reason: 'OWNS_SERVERS',
      details: Object.fromEntries(
        owned.map(({ id, name }) => [id, `you own the server ${JSON.stringify(name)}`]),
      ),
    },
  )
}
