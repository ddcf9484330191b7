import { RecadoError } from '../../lib/errors.js'
import { deriveId } from '../../contract/ids.js'

/** Directs that one may be in. */
export const MAX_DIRECTS = 10_000

/** The id of the direct of two users: the same whoever asks, so that there is one. */
export function toDirectId(one: string, other: string): string {
  return deriveId('direct', ...[one, other].sort())
}

/**
 * Checks whom a direct is to be with.
 * @throws `invalid_argument` where the acting user is among the others
 */
export function assertOthers(userId: string, otherIds: readonly string[]): void {
  if (!otherIds.includes(userId)) return
  throw new RecadoError('invalid_argument', 'A direct is with others: leave yourself out.', {
    reason: 'USER_IS_SELF',
  })
}

/**
 * Checks that everybody in a new direct has room for one more.
 * @throws `resource_exhausted`, not retryable
 */
export function assertRoomForDirect(counts: Iterable<number>): void {
  if ([...counts].every((count) => count < MAX_DIRECTS)) return
  throw new RecadoError(
    'resource_exhausted',
    `One of you is in ${MAX_DIRECTS.toLocaleString('en')} directs, and there can be no more.`,
    { retryable: false, reason: 'TOO_MANY_DIRECTS' },
  )
}
