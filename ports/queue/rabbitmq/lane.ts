import type { PendingPublish } from '../pending-publish.js'
import { isLine, MAX_BUNDLED, MAX_BUNDLED_BYTES } from './bundle.js'

/** A message for the broker. */
export type Outgoing = {
  /** Empty for the default exchange, where the routing key is the queue's name. */
  exchange: string
  routingKey: string
  body: Buffer
  messageId?: string | undefined
  headers?: Record<string, string>
  /** Ends the wait; the message may still be queued. */
  signal?: AbortSignal | undefined
}

/** A message on its way and the caller who waits for it. */
export type Sending = { message: Outgoing; pending: PendingPublish }

/** What goes one way through the broker: what waits, in order, and how many publishes are not confirmed yet. */
export class Lane {
  readonly key: string
  readonly waiting = new Set<Sending>()
  unconfirmed = 0
  isScheduled = false

  constructor(key: string) {
    this.key = key
  }

  /** Whether nothing is on its way. */
  get isIdle(): boolean {
    return this.waiting.size === 0 && this.unconfirmed === 0
  }

  /**
   * Removes and returns what is to be published next, as one. It is empty while there is nothing, and while something is not
   * confirmed: until then more may come that can travel with it.
   */
  next(): Sending[] {
    const { sendings, mayGrow } = this.#cut()
    if (mayGrow && this.unconfirmed > 0) return []
    for (const sending of sendings) this.waiting.delete(sending)
    return sendings
  }

  #cut(): { sendings: Sending[]; mayGrow: boolean } {
    const sendings: Sending[] = []
    let bytes = 0
    for (const sending of this.waiting) {
      const isAlone = !canShare(sending.message)
      bytes += sending.message.body.length
      if (sendings.length > 0 && (isAlone || bytes > MAX_BUNDLED_BYTES)) return { sendings, mayGrow: false }
      sendings.push(sending)
      if (isAlone || sendings.length === MAX_BUNDLED) return { sendings, mayGrow: false }
    }
    return { sendings, mayGrow: true }
  }
}

/** What is said of one message beside its body is not said of others. */
function canShare({ body, messageId, headers }: Outgoing): boolean {
  return messageId === undefined && headers === undefined && isLine(body)
}
