import type { UserReadMark } from '../../gen/recado/internal/v1/core_service.js'
import { NaturalBatches } from '../../lib/natural-batches.js'
import type { Database } from '../../ports/database/database.js'
import { insertHappenings } from '../happenings/happening-queries.js'
import type { ChannelLog } from '../history/channel-log.js'
import { findReadable, raiseReadMarks, type Readable, type RaisedMark } from './read-queries.js'

/** Marks in one transaction. */
const MAX_BATCH = 500

/** Marks that may wait. */
const MAX_WAITING = 20_000

/** Reads of the log that run at the same time for one batch. */
const MAX_READS = 20

/** How far a user has read, where they may read at all. */
export type Noted = number | undefined

/**
 * Notes how far users have read: marks that come at the same time are noted together, in one transaction. A mark never goes back and
 * never past the head; the user's devices are told of each that is further than before.
 */
export class ReadMarks {
  readonly #database: Database
  readonly #channelLog: ChannelLog
  readonly #batches: NaturalBatches<UserReadMark, Noted>

  constructor(deps: { database: Database; channelLog: ChannelLog }) {
    this.#database = deps.database
    this.#channelLog = deps.channelLog
    this.#batches = new NaturalBatches({
      run: (marks) => this.#note(marks),
      maxItems: MAX_BATCH,
      maxWaiting: MAX_WAITING,
    })
  }

  /**
   * Notes a mark; resolves with how far the user has read now, or with nothing where they may not view the channel.
   * @throws `unavailable`, `resource_exhausted`
   */
  note(mark: UserReadMark): Promise<Noted> {
    return this.#batches.submit(mark)
  }

  async #note(marks: readonly UserReadMark[]): Promise<Noted[]> {
    const found = await this.#database.read((handle) => findReadable(handle, marks))
    const wanted = marks.flatMap((mark, nth) => {
      const readable = found[nth]
      return readable && Math.min(mark.seq, readable.headSeq) > readable.readSeq ? [{ mark, readable }] : []
    })
    const raising = await this.#count(wanted)
    const raised = await this.#raise(raising)
    return marks.map(({ userId, channelId }, nth) => {
      const readable = found[nth]
      return readable && (raised.get(toKey(userId, channelId)) ?? readable.readSeq)
    })
  }

  /** The messages up to each mark: at the head the channel knows, before it the log. */
  async #count(wanted: readonly { mark: UserReadMark; readable: Readable }[]): Promise<RaisedMark[]> {
    const raising: RaisedMark[] = []
    const open = [...wanted]
    const work = async () => {
      for (let next = open.pop(); next; next = open.pop()) {
        const { mark, readable } = next
        const seq = Math.min(mark.seq, readable.headSeq)
        const count = seq === readable.headSeq ? readable.count : await this.#countAt(readable, seq)
        if (count !== undefined) raising.push({ userId: mark.userId, channelId: mark.channelId, seq, count })
      }
    }
    await Promise.all(Array.from({ length: MAX_READS }, work))
    return raising
  }

  async #countAt(readable: Readable, seq: number): Promise<number | undefined> {
    const [event] = await this.#channelLog.events(readable, seq - 1, 1)
    return event?.count
  }

  async #raise(marks: readonly RaisedMark[]): Promise<Map<string, number>> {
    if (marks.length === 0) return new Map()
    return this.#database.write(async (transaction) => {
      const raised = await raiseReadMarks(transaction, marks)
      await insertHappenings(
        transaction,
        raised.map(({ userId, channelId, seq }) => ({
          topic: `user:${userId}`,
          what: { $case: 'read', value: { channelId, seq } },
        })),
      )
      return new Map(raised.map(({ userId, channelId, seq }) => [toKey(userId, channelId), seq]))
    })
  }
}

function toKey(userId: string, channelId: string): string {
  return `${userId}\0${channelId}`
}
