import type { JoinVerdict, JoinWish } from '../../gen/recado/internal/v1/core_service.js'
import type { CreateChannelRequest, UpdateChannelRequest } from '../../gen/recado/v1/servers_service.js'
import type { Channel } from '../../gen/recado/v1/types.js'
import { newId } from '../../contract/ids.js'
import type { Database } from '../../ports/database/database.js'
import { insertDeletions } from '../deletions/deletion-queries.js'
import { assertBatch } from '../requests/batch-rules.js'
import { makeOnce } from '../requests/request-ids.js'
import { insertRevocations } from '../revocations/revocation-queries.js'
import { demand } from '../rights/rights.js'
import { requireLockedServer } from '../servers/server-access.js'
import { toNameChange } from '../servers/server-rules.js'
import { requireChannel } from './channel-access.js'
import { toChannel } from './channel-messages.js'
import { countChannels, deleteChannel, insertChannel, renameChannel } from './channel-queries.js'
import { assertNotAnnouncement, assertRoomForChannel } from './channel-rules.js'
import { decideJoins } from './join-rights.js'

/** Makes, renames and deletes channels, and lets users in. */
export class Channels {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Makes a channel in a server; a repeat with the same request id answers with the same one.
   * @throws `invalid_argument`, `not_found`, `permission_denied`, `resource_exhausted`
   */
  async create(userId: string, { serverId, name, requestId }: CreateChannelRequest): Promise<Channel> {
    const asked = ['channel', serverId, name]
    return this.#database.write(async (transaction) => {
      await requireLockedServer(transaction, serverId, userId, 'manage_channels')
      const { id, isNew } = await makeOnce(transaction, { actor: userId, requestId, asked }, newId())
      if (!isNew) return toChannel(await requireChannel(transaction, id, userId))
      assertRoomForChannel(await countChannels(transaction, serverId))
      return toChannel(await insertChannel(transaction, { id, serverId, name }))
    })
  }

  /**
   * Changes what is given of a channel.
   * @throws `invalid_argument`, `not_found`, `permission_denied`
   */
  async update(userId: string, { channelId, name }: UpdateChannelRequest): Promise<Channel> {
    const change = toNameChange(name)
    return this.#database.write(async (transaction) => {
      await requireChannel(transaction, channelId, userId, 'manage_channels')
      await renameChannel(transaction, channelId, change)
      return toChannel(await requireChannel(transaction, channelId, userId))
    })
  }

  /**
   * Deletes a channel, and tells the log of lost rights. Its events leave the log of events later.
   * @throws `not_found`, `permission_denied`, `failed_precondition`
   */
  delete(userId: string, channelId: string): Promise<void> {
    return this.#database.write(async (transaction) => {
      assertNotAnnouncement(await requireChannel(transaction, channelId, userId, 'manage_channels'))
      if (!(await deleteChannel(transaction, channelId))) demand(undefined, userId, 'view_channel', 'channel')
      await insertDeletions(transaction, [channelId])
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
