import { toPermissionNames, type PermissionSet } from '../../contract/permissions.js'
import { RecadoError } from '../../lib/errors.js'

/**
 * How high somebody or something stands in a server: a role at its position, a member at that of their highest role, so that
 * `everyone` is 0; the owner above all, whoever is no member below all.
 */
export type Rank = number

/** The owner's: nobody stands above it, and the owner above all others. */
export const OWNER_RANK: Rank = Infinity

/** Of who is no member. */
export const STRANGER_RANK: Rank = -1

/**
 * Checks that whoever acts stands above what they act on; equals do nothing to each other.
 * @throws `permission_denied` (NOT_BELOW_YOU)
 */
export function demandAbove(acting: Rank, target: Rank, what: 'member' | 'role'): void {
  if (acting > target) return
  throw new RecadoError('permission_denied', notBelow[what], { reason: 'NOT_BELOW_YOU' })
}

/**
 * Checks that nobody is given what the giver lacks: `permissions` are the giver's where it is given.
 * @throws `permission_denied` (PERMISSION_NOT_YOURS) that names what is lacking
 */
export function demandGivable(permissions: PermissionSet, given: PermissionSet): void {
  const lacking = toPermissionNames(given & ~permissions)
  if (lacking.length === 0) return
  throw new RecadoError(
    'permission_denied',
    `You cannot give what you do not have: ${lacking.map((name) => `\`${name}\``).join(', ')}.`,
    { reason: 'PERMISSION_NOT_YOURS' },
  )
}

const notBelow = {
  member: 'This member does not stand below you: your highest role must be above theirs.',
  role: 'This role does not stand below you: your highest role must be above it.',
} as const
