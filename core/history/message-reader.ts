import type { ListMessagesRequest, ListMessagesResponse } from '../../gen/recado/v1/history_service.js'
import type { GetMessageRequest } from '../../gen/recado/v1/messages_service.js'
import type { Message } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import type { History } from '../../ports/history/history.js'
import { requireChannel, type ViewableChannel } from '../channels/channel-access.js'
import { isId } from '../../contract/ids.js'
import type { ChannelLog } from './channel-log.js'
import { cut, planPage } from './page-plan.js'
import { MAX_ANSWER_BYTES, sizeOfMessage } from './sizes.js'

/** Messages in a page where none were asked for. */
const DEFAULT_LIMIT = 50

/** Reads messages for users: only where they are members, and nothing past the head. */
export class MessageReader {
  readonly #database: Database
  readonly #history: History
  readonly #channelLog: ChannelLog

  constructor(deps: { database: Database; history: History; channelLog: ChannelLog }) {
    this.#database = deps.database
    this.#history = deps.history
    this.#channelLog = deps.channelLog
  }

  /**
   * Reads a page.
   * @throws `invalid_argument`, `not_found`, `unavailable`
   */
  async list(userId: string, request: ListMessagesRequest): Promise<ListMessagesResponse> {
    const limit = request.limit || DEFAULT_LIMIT
    const channel = await this.#require(userId, request.channelId)
    const of = { channelId: channel.id, epoch: channel.epoch, headSeq: channel.head_seq }
    const parts = await Promise.all(
      planPage(request.cursor, limit, channel.head_seq).map(async (part) => {
        const read = await this.#channelLog.messages(of, { ...part, limit: part.limit + 1 })
        const maxBytes = (MAX_ANSWER_BYTES * part.limit) / limit
        return cut(read, part, { maxBytes, sizeOf: sizeOfMessage })
      }),
    )
    return {
      messages: parts.flatMap((part) => part.items),
      head: { epoch: channel.epoch, seq: channel.head_seq },
      hasMore: parts[0]?.hasMore ?? false,
    }
  }

  /**
   * Reads a stored message.
   * @throws `not_found`, `unavailable`
   */
  async get(userId: string, request: GetMessageRequest): Promise<Message> {
    const channel = await this.#require(userId, request.channelId)
    const key = { channelId: channel.id, id: request.id }
    const [state] = isId(request.id) ? await this.#history.states([key]) : []
    if (!state || state.message.seq > channel.head_seq)
      throw new RecadoError('not_found', 'This message is not there.', { reason: 'MESSAGE_NOT_FOUND' })
    return state.message
  }

  #require(userId: string, channelId: string): Promise<ViewableChannel> {
    return this.#database.read((handle) => requireChannel(handle, channelId, userId))
  }
}
