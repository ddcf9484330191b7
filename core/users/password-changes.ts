import type { UpdatePasswordRequest } from '../../gen/recado/v1/users_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Passwords } from './passwords.js'
import { requireLockedUser, requireUser, updateUser, type UserRow } from './user-queries.js'

/** Changes passwords, and asks for them where somebody is signed in already. */
export class PasswordChanges {
  readonly #database: Database
  readonly #sessions: Sessions
  readonly #passwords: Passwords

  constructor(deps: { database: Database; sessions: Sessions; passwords: Passwords }) {
    this.#database = deps.database
    this.#sessions = deps.sessions
    this.#passwords = deps.passwords
  }

  /**
   * Changes the acting user's password, and ends all sessions but that of the token, if one is given.
   * @throws `permission_denied`, `unauthenticated`, `aborted`, `resource_exhausted`
   */
  async change(userId: string, request: UpdatePasswordRequest): Promise<void> {
    const kept = request.token === '' ? undefined : await this.#sessions.requireOwn(request.token, userId)
    const user = await this.confirm(userId, request.currentPassword)
    const passwordHash = await this.#passwords.hash(request.newPassword, userId)
    await this.#database.write(async (transaction) => {
      const now = await requireLockedUser(transaction, userId)
      if (now.password_hash !== user.password_hash) throw changedMeanwhile()
      await updateUser(transaction, userId, { password_hash: passwordHash })
      await this.#sessions.endAll(transaction, userId, kept?.sessionId)
    })
  }

  /**
   * Resolves with the user as they were when the password was right.
   * @throws `permission_denied`, `unauthenticated`, `resource_exhausted`
   */
  async confirm(userId: string, password: string): Promise<UserRow> {
    const user = await this.#database.read((handle) => requireUser(handle, userId))
    if (await this.#passwords.matches(password, user.password_hash, userId)) return user
    throw new RecadoError('permission_denied', 'This is not your password.', { reason: 'WRONG_PASSWORD' })
  }
}

/** The error of what was confirmed by a password that is another one now. */
export function changedMeanwhile(): RecadoError {
  return new RecadoError('aborted', 'The password was changed meanwhile. Try again.')
}
