import type { JoinVerdict, JoinWish } from '../../gen/recado/internal/v1/core_service.js'
import { AuditAction } from '../../gen/recado/v1/moderation_service.js'
import type { CreateChannelRequest, UpdateChannelRequest } from '../../gen/recado/v1/servers_service.js'
import type { Channel } from '../../gen/recado/v1/types.js'
import { newId } from '../../contract/ids.js'
import type { Database } from '../../ports/database/database.js'
import { insertAuditEntry } from '../audit/audit-queries.js'
import { insertDeletions } from '../deletions/deletion-queries.js'
import { assertBatch } from '../requests/batch-rules.js'
import { makeOnce } from '../requests/request-ids.js'
import { insertRevocations } from '../revocations/revocation-queries.js'
import { requireLockedServer } from '../servers/server-access.js'
import { readChannel, requireLockedChannel } from './channel-access.js'
import { countChannels, deleteChannel, insertChannel, updateChannel } from './channel-queries.js'
import { assertNotAnnouncement, assertRoomForChannel, toChannelChange } from './channel-rules.js'
import { tellChannel, toDeleted } from './channel-happenings.js'
import { decideJoins } from './join-rights.js'

/** Makes, reads, changes and deletes the channels of servers, and lets users in. */
export class Channels {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Makes a channel in a server; a repeat with the same request id answers with the same one.
   * @throws `invalid_argument`, `not_found`, `permission_denied`, `resource_exhausted`
   */
  async create(actorId: string, { serverId, name, requestId }: CreateChannelRequest): Promise<Channel> {
    const asked = ['channel', serverId, name]
    return this.#database.write(async (transaction) => {
      await requireLockedServer(transaction, serverId, actorId, 'manage_channels')
      const { id, isNew } = await makeOnce(transaction, { actor: actorId, requestId, asked }, newId())
      if (!isNew) return readChannel(transaction, id, actorId)
      assertRoomForChannel(await countChannels(transaction, serverId))
      await insertChannel(transaction, { id, serverId, name })
      const action = AuditAction.AUDIT_ACTION_CHANNEL_CREATED
      await insertAuditEntry(transaction, { serverId, actorId, action, targetId: id })
      const channel = await readChannel(transaction, id, actorId)
      await tellChannel(transaction, { $case: 'channelCreated', value: channel })
      return channel
    })
  }

  /**
   * Reads a channel.
   * @throws `not_found`
   */
  get(userId: string, channelId: string): Promise<Channel> {
    return this.#database.read((handle) => readChannel(handle, channelId, userId))
  }

  /**
   * Changes what is given of a channel.
   * @throws `invalid_argument`, `not_found`, `permission_denied`
   */
  async update(actorId: string, request: UpdateChannelRequest): Promise<Channel> {
    const change = toChannelChange(request)
    const { channelId } = request
    return this.#database.write(async (transaction) => {
      const { serverId } = await requireLockedChannel(transaction, channelId, actorId, 'manage_channels')
      await updateChannel(transaction, channelId, change)
      const action = AuditAction.AUDIT_ACTION_CHANNEL_UPDATED
      await insertAuditEntry(transaction, { serverId, actorId, action, targetId: channelId })
      const channel = await readChannel(transaction, channelId, actorId)
      await tellChannel(transaction, { $case: 'channelUpdated', value: channel })
      return channel
    })
  }

  /**
   * Deletes a channel, and tells the log of lost rights. Its events leave the log of events later.
   * @throws `not_found`, `permission_denied`, `failed_precondition`
   */
  delete(actorId: string, channelId: string): Promise<void> {
    return this.#database.write(async (transaction) => {
      const channel = await requireLockedChannel(transaction, channelId, actorId, 'manage_channels')
      const { serverId } = channel
      assertNotAnnouncement(channel)
      const deleted = await toDeleted(transaction, channel)
      await deleteChannel(transaction, channelId)
      await insertDeletions(transaction, [channelId])
      const action = AuditAction.AUDIT_ACTION_CHANNEL_DELETED
      await insertAuditEntry(transaction, { serverId, actorId, action, targetId: channelId })
      await insertRevocations(transaction, [{ $case: 'channelDeleted', value: { channelId } }])
      await tellChannel(transaction, { $case: 'channelDeleted', value: deleted })
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
