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
      sizeOf: ({ userId, channelId }) => sizeOfTexts(userId, channelId),
      maxItems: 1_000,
      maxWaiting: 50_000,
      deadlineMs: 5_000,
    })
  }

  /**
   * Resolves when the user may read the channel live.
   * @throws `not_found` when not, `unavailable` and `resource_exhausted` when core does not answer
   */
  async require(wish: JoinWish): Promise<JoinPermission> {
    await this.#limits.join(wish.userId)
    const [verdict] = await this.#stream.submit([wish])
    if (verdict?.outcome?.$case === 'permission') return verdict.outcome.value
    if (verdict?.outcome?.$case === 'refusal') throw fromRefusal(verdict.outcome.value)
    throw new RecadoError('internal', 'The join could not be decided.')
  }

  /** Ends the stream; what waits is rejected. */
  close(): void {
    this.#stream.close()
  }
}
