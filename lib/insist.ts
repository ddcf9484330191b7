import { orAborted } from './abort.js'
import { Backoff } from './backoff.js'
import { RecadoError } from './errors.js'
import type { Outage } from './outage.js'

/** How something is insisted on. */
export type InsistOptions = {
  /** Ends the tries, also one that hangs. */
  signal: AbortSignal
  /** Is told of every try. */
  outage: Outage
  /** Whether it is worth another try. Default: always. */
  isPassing?: (error: RecadoError) => boolean
}

const WAITS = { firstMs: 100, maxMs: 1_000 }

/**
 * Tries until it succeeds, with growing waits.
 * @throws the signal's reason at once when it aborts, and what a try rejected with where another would not help.
 */
export async function insist<T>(attempt: () => Promise<T>, options: InsistOptions): Promise<T> {
  const { signal, outage, isPassing = () => true } = options
  const backoff = new Backoff(WAITS)
  for (;;) {
    signal.throwIfAborted()
    try {
      const result = await orAborted(attempt(), signal)
      outage.ended()
      return result
    } catch (thrown) {
      signal.throwIfAborted()
      if (!isPassing(RecadoError.from(thrown))) throw thrown
      outage.failed(thrown)
    }
    await orAborted(backoff.wait(signal), signal)
  }
}
