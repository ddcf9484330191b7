import { isId, newId } from '../../contract/ids.js'
import type { User } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Passwords } from './passwords.js'
import { findUser, findUserByName, insertUser, type UserRow } from './user-queries.js'
import { canBeCredentials, userNotFound } from './user-rules.js'

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
   * Makes a user and a first session. `from` is the address of who asks: addresses take turns.
   * @throws `invalid_argument`, `already_exists`, `resource_exhausted`
   */
  async create(username: string, password: string, from: string): Promise<SignedIn> {
    const passwordHash = await this.#passwords.hash(password, from)
    const { row, session } = await this.#database.write(async (transaction) => {
      const row = await insertUser(transaction, { id: newId(), username, passwordHash })
      if (!row) throw new RecadoError('already_exists', 'This name is taken. Choose another.')
      return { row, session: await this.#sessions.open(transaction, row.id) }
    })
    return { user: toUser(row), token: await this.#sessions.toToken(session) }
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
    const session = await this.#database.write((transaction) => this.#sessions.open(transaction, row.id))
    return { user: toUser(row), token: await this.#sessions.toToken(session) }
  }

  /**
   * Reads a user.
   * @throws `not_found`
   */
  async get(userId: string): Promise<User> {
    const row = isId(userId) ? await this.#database.read((handle) => findUser(handle, userId)) : undefined
    if (!row) throw userNotFound()
    return toUser(row)
  }
}

function wrongCredentials(): RecadoError {
  return new RecadoError('unauthenticated', 'The name and the password do not belong together.')
}

function toUser(row: UserRow): User {
  return { id: row.id, username: row.username, createdAt: row.created_at.toISOString() }
}
