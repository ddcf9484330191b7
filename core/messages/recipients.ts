import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import type { Directs } from '../directs/directs.js'
import { requireServer } from '../servers/server-access.js'

/** Whom a message is to: exactly one is not empty. */
export type Recipient = { channelId: string; serverId: string; userId: string }

/** Finds the channels that messages go to. */
export class Recipients {
  readonly #database: Database
  readonly #directs: Directs

  constructor(deps: { database: Database; directs: Directs }) {
    this.#database = deps.database
    this.#directs = deps.directs
  }

  /**
   * Resolves with the channel: of a server the announcement channel, of a user the direct of the two, which is opened where there is
   * none. Whether the sender may write there is decided later.
   * @throws `invalid_argument` unless there is exactly one recipient, `not_found`, and what opening a direct throws
   */
  async channelOf(senderId: string, { channelId, serverId, userId }: Recipient): Promise<string> {
    if ([channelId, serverId, userId].filter((id) => id !== '').length !== 1) throw notOneRecipient()
    if (userId !== '') return this.#directs.openChannel(senderId, userId)
    if (channelId !== '') return channelId
    const server = await this.#database.read((handle) => requireServer(handle, serverId, senderId))
    return server.announcement_channel_id
  }
}

function notOneRecipient(): RecadoError {
  const fault = 'exactly one of channel_id, server_id and user_id must be given'
  return new RecadoError('invalid_argument', 'A message is to a channel, a server or a user.', {
    details: { channel_id: fault, server_id: fault, user_id: fault },
  })
}
