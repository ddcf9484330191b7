import type { ChannelHead } from '../../gen/recado/internal/v1/core_service.js'
import type { ListEventsRequest, ListEventsResponse } from '../../gen/recado/v1/history_service.js'
import type { Event } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import type { Heads } from '../../ports/heads/heads.js'
import { isId } from '../../contract/ids.js'
import type { ChannelLog, ReadableLog } from './channel-log.js'
import { MAX_ANSWER_BYTES, sizeOfEvent } from './sizes.js'

/** Events that are read before it is known how large they are. */
const FIRST_PORTION = 100

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
   * Reads events after a seq, up to the head, as many as fit into an answer.
   * @throws `not_found`, `failed_precondition` for another epoch than the channel has, `unavailable`
   */
  async events({ channelId, since, limit, epoch }: ListEventsRequest): Promise<ListEventsResponse> {
    const head = (await this.#readHeads([channelId])).get(channelId)
    if (!head)
      throw new RecadoError('not_found', 'This channel is not there.', { reason: 'CHANNEL_NOT_FOUND' })
    if (epoch !== undefined && epoch !== head.epoch) throw epochChanged()
    const { events, isWhole } = await this.#read(
      { ...head, headSeq: head.seq },
      since,
      limit || DEFAULT_LIMIT,
    )
    return { events, head: { epoch: head.epoch, seq: head.seq }, hasMore: !isWhole }
  }

  /**
   * Reads the heads of channels; those not there are left out.
   * @throws `unavailable`
   */
  async heads(channelIds: readonly string[]): Promise<ChannelHead[]> {
    const heads = await this.#readHeads(channelIds)
    return [...heads.values()].map(({ channelId, epoch, seq }) => ({ channelId, head: { epoch, seq } }))
  }

  /** Reads in portions: as many events as the first were large fit into the rest of the answer. */
  async #read(of: ReadableLog, since: number, count: number): Promise<{ events: Event[]; isWhole: boolean }> {
    const events: Event[] = []
    let [bytes, last, portion] = [0, since, FIRST_PORTION]
    while (last < of.headSeq && events.length < count) {
      const read = await this.#channelLog.events(of, last, Math.min(portion, count - events.length))
      if (read.length === 0) return { events, isWhole: true }
      for (const event of read) {
        bytes += sizeOfEvent(event)
        if (bytes > MAX_ANSWER_BYTES && events.length > 0) return { events, isWhole: false }
        events.push({ ...event, epoch: of.epoch })
        last = event.seq
      }
      portion = Math.ceil(((MAX_ANSWER_BYTES - bytes) * events.length) / bytes) + 1
    }
    return { events, isWhole: last >= of.headSeq }
  }

  #readHeads(channelIds: readonly string[]) {
    return this.#heads.read(channelIds.filter(isId))
  }
}

function epochChanged(): RecadoError {
  return new RecadoError(
    'failed_precondition',
    'The channel has another epoch: its seqs may have been given twice. Begin anew from its head.',
    { reason: 'EPOCH_CHANGED' },
  )
}
