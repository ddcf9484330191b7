import { LRUCache } from 'lru-cache'
import type { ResolveRecipientRequest } from '../../gen/recado/internal/v1/core_service.js'
import type { CoreClients } from '../core-clients.js'
import type { GatewayLimits } from '../limits.js'

/** A server or a user that a message is to. */
export type Recipient = NonNullable<ResolveRecipientRequest['recipient']>

/** Recipients whose channels are remembered; of more those that were asked for longest ago are asked for again. */
const MAX_KNOWN = 100_000

/**
 * Finds the channels that messages to servers and users go to, and opens directs on the way. Such a channel stays the same, so core is
 * asked once; whether the sender may write there is decided with each message.
 */
export class Recipients {
  readonly #core: Pick<CoreClients['core'], 'call'>
  readonly #limits: Pick<GatewayLimits, 'openDirect'>
  readonly #known = new LRUCache<string, Promise<string>>({ max: MAX_KNOWN })

  constructor(
    { core }: { core: Pick<CoreClients['core'], 'call'> },
    limits: Pick<GatewayLimits, 'openDirect'>,
  ) {
    this.#core = core
    this.#limits = limits
  }

  /**
   * Resolves with the channel's id; calls for one recipient resolve in their order.
   * @throws `not_found`, `invalid_argument` for oneself, `resource_exhausted`, `unavailable`
   */
  channelOf(senderId: string, recipient: Recipient): Promise<string> {
    const key = toKey(senderId, recipient)
    const known = this.#known.get(key)
    if (known) return known
    const finding = this.#find(senderId, recipient)
    this.#known.set(key, finding)
    finding.catch(() => this.#known.delete(key))
    return finding
  }

  async #find(senderId: string, recipient: Recipient): Promise<string> {
    if (recipient.$case === 'userId') await this.#limits.openDirect(senderId)
    const asked = { senderId, recipient }
    const { channelId } = await this.#core.call((client) => client.resolveRecipient, asked)
    return channelId
  }
}

/** The channel of a server is the same for all. */
function toKey(senderId: string, { $case, value }: Recipient): string {
  return $case === 'serverId' ? `server\0${value}` : `user\0${senderId}\0${value}`
}
