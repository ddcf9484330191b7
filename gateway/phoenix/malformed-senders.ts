import { toNetwork } from '../../lib/address.js'
import type { Log } from '../../lib/log.js'
import { PacedLog } from '../../lib/paced-log.js'

/** So many addresses are known at a time, those that were at fault last. */
const MAX_ADDRESSES = 10_000

/** Who sends what is no message: counted by address (of IPv6 by its /64), and logged, a line a second at most. */
export class MalformedSenders {
  readonly #log: Log
  readonly #lines = new PacedLog()
  readonly #counts = new Map<string, number>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Takes note of one more from that address. */
  note(remoteAddress: string, error: Error): void {
    const address = toNetwork(remoteAddress)
    const count = (this.#counts.get(address) ?? 0) + 1
    this.#counts.delete(address)
    this.#counts.set(address, count)
    if (this.#counts.size > MAX_ADDRESSES) this.#counts.delete(this.#counts.keys().next().value!)
    const reason = error.message
    this.#lines.line((leftOut) =>
      this.#log.info({ remoteAddress, reason, count, leftOut }, 'a client sent what is no message'),
    )
  }
}
