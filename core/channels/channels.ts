import type { JoinVerdict, JoinWish } from '../../gen/recado/internal/v1/core_service.js'
import type { Channel } from '../../gen/recado/v1/types.js'
import { newId } from '../../contract/ids.js'
import type { Database } from '../../ports/database/database.js'
import { insertRevocations } from '../revocations/revocation-queries.js'
import { requireOwnServer } from '../servers/server-access.js'
import { assertBatch } from '../requests/batch-rules.js'
import { requireOwnChannel } from './channel-access.js'
import { toChannel } from './channel-messages.js'
import { countChannels, deleteChannel, insertChannel, renameChannel } from './channel-queries.js'
import { assertNotAnnouncement, assertRoomForChannel, channelNotFound } from './channel-rules.js'
import { decideJoins } from './join-rights.js'

/** Makes, renames and deletes channels, and lets users in. */
export class Channels {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Makes a channel in a server.
   * @throws `invalid_argument`, `not_found`, `permission_denied`, `resource_exhausted`
   */
  async create(userId: string, serverId: string, name: string): Promise<Channel> {
    return this.#database.write(async (transaction) => {
      await requireOwnServer(transaction, serverId, userId)
      assertRoomForChannel(await countChannels(transaction, serverId))
      return toChannel(await insertChannel(transaction, { id: newId(), serverId, name }))
    })
  }

  /**
   * Renames a channel.
   * @throws `invalid_argument`, `not_found`, `permission_denied`
   */
  async rename(userId: string, channelId: string, name: string): Promise<Channel> {
    return this.#database.write(async (transaction) => {
      await requireOwnChannel(transaction, channelId, userId)
      const channel = await renameChannel(transaction, channelId, name)
      if (!channel) throw channelNotFound()
      return toChannel(channel)
    })
  }

  /**
   * Deletes a channel, and tells the log of lost rights.
   * @throws `not_found`, `permission_denied`, `failed_precondition`
   */
  delete(userId: string, channelId: string): Promise<void> {
    return this.#database.write(async (transaction) => {
      assertNotAnnouncement(await requireOwnChannel(transaction, channelId, userId))
      if (!(await deleteChannel(transaction, channelId))) throw channelNotFound()
      await insertRevocations(transaction, [{ $case: 'channelDeleted', value: { channelId } }])
    })
  }

  /**
   * Decides which users may read which channels live, with one query; the verdicts are in the order of the wishes.
   * @throws `invalid_argument` for too large a batch
   */
  async authorizeJoins(wishes: readonly JoinWish[]): Promise<JoinVerdict[]> {
    assertBatch(wishes)
    return this.#database.read((handle) => decideJoins(handle, wishes))
  }
}
