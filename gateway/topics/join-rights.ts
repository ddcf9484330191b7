import type {
  AuthorizeJoinsRequest,
  AuthorizeJoinsResponse,
  JoinPermission,
  JoinVerdict,
  JoinWish,
} from '../../gen/recado/internal/v1/core_service.js'
import { RecadoError } from '../../lib/errors.js'
import { BatchingStream, sizeOfTexts } from '../../lib/grpc/batching-stream.js'
import type { CoreClients } from '../core-clients.js'
import type { GatewayLimits } from '../limits.js'
import { fromRefusal } from '../../contract/refusals.js'

/** Wishes in one batch. */
const MAX_BATCH = 1_000

/** Asks core who may join, over one long-lived stream: many come back at once when a gateway or a network was away. */
export class JoinRights {
  readonly #limits: Pick<GatewayLimits, 'join'>
  readonly #stream: BatchingStream<JoinWish, JoinVerdict, AuthorizeJoinsRequest, AuthorizeJoinsResponse>

  constructor({ core }: Pick<CoreClients, 'core'>, limits: Pick<GatewayLimits, 'join'>) {
    this.#limits = limits
    this.#stream = new BatchingStream({
      open: () => core.open((client) => client.authorizeJoins),
      toRequest: (batch, joins) => ({ batch, joins: [...joins] }),
      fromResponse: ({ batch, verdicts }) => ({ batch, results: verdicts }),
      sizeOf: ({ userId, channelId, serverId = '' }) => sizeOfTexts(userId, channelId, serverId),
      maxItems: MAX_BATCH,
      maxWaiting: 50_000,
      deadlineMs: 5_000,
    })
  }

  /**
   * Resolves when the user may join.
   * @throws `not_found` when not, `unavailable` and `resource_exhausted` when core does not answer
   */
  async require(wish: JoinWish): Promise<JoinPermission> {
    await this.#limits.join(wish.userId)
    const [verdict] = await this.#stream.submit([wish])
    if (verdict?.outcome?.$case === 'permission') return verdict.outcome.value
    if (verdict?.outcome?.$case === 'refusal') throw fromRefusal(verdict.outcome.value)
    throw new RecadoError('internal', 'The join could not be decided.')
  }

  /** Which of these users may view a channel now. @throws as {@link require}, but for `not_found` */
  async viewersOf(channelId: string, userIds: readonly string[]): Promise<Set<string>> {
    const distinct = [...new Set(userIds)]
    const viewers = new Set<string>()
    for (let at = 0; at < distinct.length; at += MAX_BATCH) {
      const some = distinct.slice(at, at + MAX_BATCH)
      const verdicts = await this.#stream.submit(some.map((userId) => ({ userId, channelId })))
      some.forEach((userId, nth) => {
        if (verdicts[nth]?.outcome?.$case === 'permission') viewers.add(userId)
      })
    }
    return viewers
  }

  /**
   * Asks again for those who have joined; one verdict a wish, in their order. It counts as nobody's join.
   * @throws `unavailable` and `resource_exhausted` when core does not answer
   */
  askAgain(wishes: readonly JoinWish[]): Promise<readonly JoinVerdict[]> {
    return this.#stream.submit(wishes)
  }

  /** Ends the stream; what waits is rejected. */
  close(): void {
    this.#stream.close()
  }
}
