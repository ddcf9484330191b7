import { isId, newId } from '../../contract/ids.js'
import type { User } from '../../gen/recado/v1/types.js'
import type { CreateUserRequest } from '../../gen/recado/v1/users_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import { makeOnce } from '../requests/request-ids.js'
import type { Session } from '../sessions/session-tokens.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Passwords } from './passwords.js'
import { toUser } from './user-messages.js'
import {
  findUser,
  findUserByName,
  insertUser,
  lockCredentials,
  requireUser,
  type UserRow,
} from './user-queries.js'
import { canBeCredentials, noActingUser, userNotFound } from './user-rules.js'
import { foldUsername } from './username.js'

/** A user with a new session. */
export type SignedIn = { user: User; token: string }

/** Makes, finds and signs in users. */
export class Users {
  readonly #database: Database
  readonly #sessions: Sessions
  readonly #passwords: Passwords

  constructor(deps: { database: Database; sessions: Sessions; passwords: Passwords }) {
    this.#database = deps.database
    this.#sessions = deps.sessions
    this.#passwords = deps.passwords
  }

  /**
   * Makes a user and a first session; a repeat with the same request id and password answers with the same user, and a session of
   * its own. `from` is the address of who asks: addresses take turns.
   * @throws `invalid_argument`, `already_exists`, `resource_exhausted`
   */
  async create({ username, password, requestId }: CreateUserRequest, from: string): Promise<SignedIn> {
    const passwordHash = await this.#passwords.hash(password, from)
    const fold = foldUsername(username)
    const made = await this.#database.write(async (transaction) => {
      const request = { actor: `name:${fold}`, requestId, asked: [username] }
      const { id, isNew } = await makeOnce(transaction, request, newId())
      const row = isNew ? await insertUser(transaction, { id, username, fold, passwordHash }) : undefined
      if (isNew && !row) throw nameTaken()
      return row && { row, session: await this.#sessions.open(transaction, row.id) }
    })
    return made ? this.#toSignedIn(made.row, made.session) : this.#repeat(username, password, from)
  }

  /**
   * Signs in by name and password. `from` is the address of who asks: addresses take turns.
   * @throws `unauthenticated`, `resource_exhausted`
   */
  async signIn(username: string, password: string, from: string): Promise<SignedIn> {
    if (!canBeCredentials(username, password)) throw wrongCredentials()
    const row = await this.#database.read((handle) => findUserByName(handle, username))
    const isRight = await this.#passwords.matches(password, row?.password_hash, from)
    if (!row || !isRight) throw wrongCredentials()
    const session = await this.#database.write(async (transaction) => {
      // The password may have been changed, or the account deleted, since it was read.
      if (!(await lockCredentials(transaction, row))) throw wrongCredentials()
      return this.#sessions.open(transaction, row.id)
    })
    return this.#toSignedIn(row, session)
  }

  /**
   * Reads a user; somebody else's account may be deleted.
   * @throws `not_found`, `unauthenticated`
   */
  async get(actingUserId: string, userId: string): Promise<User> {
    return this.#database.read(async (handle) => {
      if (userId !== actingUserId) await requireUser(handle, actingUserId)
      const row = isId(userId) ? await findUser(handle, userId) : undefined
      if (!row || (userId === actingUserId && row.deleted_at))
        throw userId === actingUserId ? noActingUser() : userNotFound()
      return toUser(row)
    })
  }

  /**
   * Checks that a user on whose behalf something is asked is there.
   * @throws `unauthenticated`
   */
  async assertThere(userId: string): Promise<void> {
    await this.#database.read((handle) => requireUser(handle, userId))
  }

  /** A request that was answered before: whoever knows the password made it. */
  async #repeat(username: string, password: string, from: string): Promise<SignedIn> {
    return this.signIn(username, password, from).catch((error: unknown) => {
      throw error instanceof RecadoError && error.code === 'unauthenticated' ? nameTaken() : error
    })
  }

  async #toSignedIn(row: UserRow, session: Session): Promise<SignedIn> {
    return { user: toUser(row), token: await this.#sessions.toToken(session) }
  }
}

function nameTaken(): RecadoError {
  return new RecadoError('already_exists', 'This name is taken, or looks like one that is. Choose another.', {
    reason: 'USERNAME_TAKEN',
  })
}

function wrongCredentials(): RecadoError {
  return new RecadoError('unauthenticated', 'The name and the password do not belong together.', {
    reason: 'WRONG_CREDENTIALS',
  })
}
