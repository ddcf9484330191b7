import type { UpdateUserRequest } from '../../gen/recado/v1/users_service.js'
import type { User } from '../../gen/recado/v1/types.js'
import { assertNoFaults } from '../../lib/faults.js'
import type { Database } from '../../ports/database/database.js'
import { tellProfile } from '../members/member-happenings.js'
import { toUser } from './user-messages.js'
import { findUserByName, requireLockedUser, requireUser, updateUser } from './user-queries.js'
import { canBeName } from './user-rules.js'

/** What users show of themselves, and how they are found. */
export class Profiles {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Changes what is given.
   * @throws `invalid_argument` when nothing is, `unauthenticated`
   */
  async update(userId: string, { displayName, about }: UpdateUserRequest): Promise<User> {
    const isNothing = displayName === undefined && about === undefined
    assertNoFaults({ display_name: isNothing ? 'or `about` must be given' : undefined })
    return this.#database.write(async (transaction) => {
      const row = await requireLockedUser(transaction, userId)
      const change = { display_name: displayName ?? row.display_name, about: about ?? row.about }
      const updated = await updateUser(transaction, userId, change)
      await tellProfile(transaction, userId)
      return toUser(updated)
    })
  }

  /**
   * Finds the user with this name, or with one that looks like it.
   * @throws `unauthenticated`
   */
  async findByName(actingUserId: string, username: string): Promise<User | undefined> {
    return this.#database.read(async (handle) => {
      const row = canBeName(username) ? await findUserByName(handle, username) : undefined
      if (!row) await requireUser(handle, actingUserId)
      return row && toUser(row)
    })
  }
}
