import type { ChannelHead } from '../../gen/recado/internal/v1/core_service.js'
import type { ListEventsRequest, ListEventsResponse } from '../../gen/recado/v1/history_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Heads } from '../../ports/heads/heads.js'
import { isId } from '../../contract/ids.js'
import type { ChannelLog } from './channel-log.js'

/** Events in an answer where no limit was asked for. */
const DEFAULT_LIMIT = 1_000

/** Reads events and heads for gateways, which have checked the rights of their users themselves. */
export class EventReader {
  readonly #heads: Heads
  readonly #channelLog: ChannelLog

  constructor(deps: { heads: Heads; channelLog: ChannelLog }) {
    this.#heads = deps.heads
    this.#channelLog = deps.channelLog
  }

  /**
   * Reads events after a seq, up to the head.
   * @throws `not_found`, `unavailable`
   */
  async events({ channelId, since, limit }: ListEventsRequest): Promise<ListEventsResponse> {
    const count = limit || DEFAULT_LIMIT
    const head = (await this.#readHeads([channelId])).get(channelId)
    if (!head) throw new RecadoError('not_found', 'This channel is not there.')
    const events = await this.#channelLog.events(
      { channelId, epoch: head.epoch, headSeq: head.seq },
      since,
      count,
    )
    const hasMore = events.length === count && (events.at(-1)?.seq ?? since) < head.seq
    return { events, head: { epoch: head.epoch, seq: head.seq }, hasMore }
  }

  /**
   * Reads the heads of channels; those not there are left out.
   * @throws `unavailable`
   */
  async heads(channelIds: readonly string[]): Promise<ChannelHead[]> {
    const heads = await this.#readHeads(channelIds)
    return [...heads.values()].map(({ channelId, epoch, seq }) => ({ channelId, head: { epoch, seq } }))
  }

  #readHeads(channelIds: readonly string[]) {
    return this.#heads.read(channelIds.filter(isId))
  }
}
