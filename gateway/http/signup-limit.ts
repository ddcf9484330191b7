import { isIPv6 } from 'node:net'
import { RecadoError } from '../../lib/errors.js'

const WINDOW_MS = 60_000

/** Addresses counted apart in one window; those beyond share one count, so that no flood of addresses fills the memory. */
const MAX_ADDRESSES = 10_000

/** Limits sign-ups for each client address in fixed windows of a minute. */
export class SignupLimit {
  readonly #perMinute: number
  readonly #now: () => number
  readonly #counts = new Map<string, number>()
  #windowEndsAt = 0

  /** `perMinute` 0: no limit. `now` tells the time in milliseconds. */
  constructor(perMinute: number, now: () => number = Date.now) {
    this.#perMinute = perMinute
    this.#now = now
  }

  /**
   * Counts one sign-up.
   * @throws `resource_exhausted` with the time to wait when the address has had its share.
   */
  take(address: string): void {
    if (this.#perMinute === 0) return
    const now = this.#now()
    if (now >= this.#windowEndsAt) {
      this.#counts.clear()
      this.#windowEndsAt = now + WINDOW_MS
    }
    const key = this.#toKey(address)
    const count = (this.#counts.get(key) ?? 0) + 1
    if (count > this.#perMinute)
      throw new RecadoError(
        'resource_exhausted',
        'Too many sign-ups from your address. Try again in a minute.',
        {
          retryAfterMs: this.#windowEndsAt - now,
        },
      )
    this.#counts.set(key, count)
  }

  #toKey(address: string): string {
    const key = toNetwork(address)
    return this.#counts.has(key) || this.#counts.size < MAX_ADDRESSES ? key : ''
  }
}

/** One subscriber usually holds a whole /64 of IPv6. */
function toNetwork(address: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (v4 !== undefined) return v4
  return isIPv6(address) ? expand(address).slice(0, 4).join(':') : address
}

function expand(address: string): string[] {
  const [head = '', tail] = address.toLowerCase().split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  return [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after]
}
