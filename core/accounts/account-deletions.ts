import type { Database } from '../../ports/database/database.js'
import type { EventKey } from '../../ports/history/history.js'
import type { Handle } from '../handle.js'
import { listMembershipsOf } from '../members/member-queries.js'
import { takeOut } from '../members/membership.js'
import type { Purger } from '../messages/purger.js'
import { listAuthored, removeMessages } from '../search/index-queries.js'
import { lockServerRow } from '../servers/server-queries.js'
import {
  claimAccountDeletion,
  prolongClaim,
  removeOwnRows,
  settleAccountDeletion,
} from './account-queries.js'

/** Servers that are left in one transaction. */
const MEMBERSHIPS = 20
/** Rows that go in one statement. */
const ROWS = 500
/** Messages that are deleted at once: few, so that everybody else is served in between. */
const MESSAGES = 50

/**
 * Makes what a deleted account has left go: memberships, what was kept for the user alone, and the texts, which the index of messages
 * finds. In small batches; what a core that dies has not done another takes up within a minute. Done again after a minute and after
 * an hour, for what was still on its way.
 */
export class AccountDeletions {
  readonly #database: Database
  readonly #purger: Purger

  constructor(deps: { database: Database; purger: Purger }) {
    this.#database = deps.database
    this.#purger = deps.purger
  }

  /** Does what is due of one account; false where nothing is. */
  async step(signal: AbortSignal): Promise<boolean> {
    const deletion = await this.#database.read(claimAccountDeletion)
    if (!deletion) return false
    const { userId } = deletion
    for (const part of [this.#leave, this.#forget, this.#purge]) {
      while (await part.call(this, userId, signal)) {
        if (signal.aborted) return false
        await this.#database.read((handle) => prolongClaim(handle, userId))
      }
    }
    if (signal.aborted) return false
    await this.#database.read((handle) => settleAccountDeletion(handle, deletion))
    return true
  }

  /** Leaves some servers; false once there are none. */
  async #leave(userId: string): Promise<boolean> {
    const rows = await this.#database.read((handle) => listMembershipsOf(handle, userId, MEMBERSHIPS))
    for (const row of rows)
      await this.#database.write((transaction) => leave(transaction, row.server_id, userId))
    return rows.length > 0
  }

  async #forget(userId: string): Promise<boolean> {
    return (await this.#database.read((handle) => removeOwnRows(handle, userId, ROWS))) >= ROWS
  }

  /** Deletes some messages; false once there are none, or where it goes no further now. */
  async #purge(userId: string, signal: AbortSignal): Promise<boolean> {
    const rows = await this.#database.read((handle) => listAuthored(handle, userId, '', MESSAGES))
    if (rows.length === 0) return false
    const keys = rows.map(({ id, channel_id: channelId }): EventKey => ({ id, channelId }))
    const deleted = await this.#purger.purge(userId, keys, signal)
    await this.#database.read((handle) =>
      removeMessages(
        handle,
        deleted.map(({ id }) => id),
      ),
    )
    if (deleted.length > 0) return true
    throw new Error('the texts of a deleted account wait to be deleted')
  }
}

async function leave(transaction: Handle, serverId: string, userId: string): Promise<void> {
  await lockServerRow(transaction, serverId)
  await takeOut(transaction, serverId, userId)
}
