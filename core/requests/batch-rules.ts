import { limits } from '../../gen/limits.js'
import { RecadoError } from '../../lib/errors.js'

/** Items in one batch of a stream. */
export const MAX_BATCH = limits['recado.v1.ValidateMessagesRequest'].candidates.maxItems

/**
 * Checks how much one batch asks.
 * @throws `invalid_argument`
 */
export function assertBatch(items: readonly unknown[]): void {
  if (items.length <= MAX_BATCH) return
  throw new RecadoError(
    'invalid_argument',
    `A batch has at most ${MAX_BATCH.toLocaleString('en')} items, not ${items.length}.`,
  )
}
