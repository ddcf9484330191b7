import type { UserReadMark } from '../../gen/recado/internal/v1/core_service.js'
import { NaturalBatches } from '../../lib/natural-batches.js'
import type { CoreClients } from '../core-clients.js'
import type { GatewayLimits } from '../limits.js'

/** Marks in one call of core. */
const MAX_BATCH = 1_000

/** Marks that may wait for core. */
const MAX_WAITING = 50_000

/** Tells core what clients have read: what comes at the same time travels together, of one user and channel the furthest. */
export class ReadMarks {
  readonly #limits: Pick<GatewayLimits, 'markRead'>
  readonly #batches: NaturalBatches<UserReadMark, void>

  constructor(
    { core }: { core: Pick<CoreClients['core'], 'call'> },
    limits: Pick<GatewayLimits, 'markRead'>,
  ) {
    this.#limits = limits
    this.#batches = new NaturalBatches<UserReadMark, void>({
      run: async (marks) => {
        await core.call((client) => client.markReads, { marks: furthest(marks) })
        return []
      },
      maxItems: MAX_BATCH,
      maxWaiting: MAX_WAITING,
    })
  }

  /**
   * Resolves when it is noted.
   * @throws `resource_exhausted`, `unavailable`
   */
  async note(mark: UserReadMark): Promise<void> {
    await this.#limits.markRead(mark.userId)
    return this.#batches.submit(mark)
  }
}

function furthest(marks: readonly UserReadMark[]): UserReadMark[] {
  const byPlace = new Map<string, UserReadMark>()
  for (const mark of marks) {
    const key = `${mark.userId}\0${mark.channelId}`
    if (mark.seq >= (byPlace.get(key)?.seq ?? 0)) byPlace.set(key, mark)
  }
  return [...byPlace.values()]
}
