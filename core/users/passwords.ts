import { hash, verify } from '@node-rs/argon2'
import { toNetwork } from '../../lib/address.js'
import { WorkSlots } from './work-slots.js'

/** OWASP's choice for argon2id: 19 MiB, two passes, one lane. The library's default algorithm is argon2id. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Node's pool has four threads, and file reads, name look-ups and token checks need one of them. */
const MAX_RUNNING = 3
/** About two seconds of work on one core. */
const MAX_WAITING = 256
const RETRY_AFTER_MS = 1_000

/** A hash that no password has, at the same cost, so that an unknown name takes as long to refuse as a known one. */
const decoyHash = [
  '$argon2id$v=19',
  `$m=${cost.memoryCost},t=${cost.timeCost},p=${cost.parallelism}`,
  `$${zeros(16)}$${zeros(32)}`,
].join('')

/** Hashes and compares passwords, off the main thread, a few at a time. */
export class Passwords {
  readonly #slots = new WorkSlots({
    maxRunning: MAX_RUNNING,
    maxWaiting: MAX_WAITING,
    retryAfterMs: RETRY_AFTER_MS,
  })

  /**
   * Hashes a password for keeping, in PHC's string format. Callers take turns; `caller` is an address, of which those in one /64 of IPv6 count as one.
   * @throws `resource_exhausted` when too many wait.
   */
  hash(password: string, caller: string): Promise<string> {
    return this.#slots.run(toNetwork(caller), () => hash(password, cost))
  }

  /**
   * Tells whether the password belongs to the hash; false, after the same time, when there is no hash. Callers take turns, as in {@link hash}.
   * @throws `resource_exhausted` when too many wait.
   */
  async matches(password: string, passwordHash: string | undefined, caller: string): Promise<boolean> {
    const isSame = await this.#slots.run(toNetwork(caller), () => verify(passwordHash ?? decoyHash, password))
    return isSame && passwordHash !== undefined
  }
}

function zeros(bytes: number): string {
  return Buffer.alloc(bytes).toString('base64').replaceAll('=', '')
}
