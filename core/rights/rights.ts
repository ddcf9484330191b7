import { RecadoError } from '../../lib/errors.js'

/** What somebody is to a server, or a participant to a direct. Roles will tell members apart. */
export type Standing = 'owner' | 'member' | 'participant' | 'stranger'

/** What may be permitted. To own a server is to be allowed what nobody else can be given, such as its deletion. */
export type Permission =
  | 'view_channel'
  | 'send_messages'
  | 'add_reactions'
  | 'mention_everyone'
  | 'manage_messages'
  | 'manage_channels'
  | 'kick_members'
  | 'manage_server'
  | 'own_server'

/** What a right is asked about, as the refusal names it. */
export type Place = 'server' | 'channel'

/** Who may what: the whole of it. */
const permitted: Readonly<Record<Standing, ReadonlySet<Permission>>> = {
  stranger: new Set(),
  member: new Set(['view_channel', 'send_messages', 'add_reactions']),
  participant: new Set(['view_channel', 'send_messages', 'add_reactions']),
  owner: new Set([
    ...(['view_channel', 'send_messages', 'add_reactions', 'mention_everyone', 'manage_messages'] as const),
    ...(['manage_channels', 'kick_members', 'manage_server', 'own_server'] as const),
  ]),
}

const notFound: Readonly<Record<Place, string>> = {
  server: 'This server is not there, or you are not a member of it.',
  channel: 'This channel is not there, or you are not in it.',
}

/**
 * What a user is to a server with this owner. `ownerId` undefined: the user is no member, or it is not there; null: the user is in the
 * direct that it is.
 */
export function toStanding(userId: string, ownerId: string | null | undefined): Standing {
  if (ownerId === undefined) return 'stranger'
  if (ownerId === null) return 'participant'
  return ownerId === userId ? 'owner' : 'member'
}

/**
 * Why somebody may not do this; undefined: they may. What is not there and what one may not see are not told apart: `not_found`
 * (NOT_A_MEMBER). Who sees it and may not change it hears `permission_denied` (MISSING_PERMISSION).
 */
export function findDenial(
  standing: Standing,
  permission: Permission,
  place: Place,
): RecadoError | undefined {
  if (permitted[standing].has(permission)) return undefined
  if (!permitted[standing].has('view_channel'))
    return new RecadoError('not_found', notFound[place], { reason: 'NOT_A_MEMBER' })
  return new RecadoError('permission_denied', 'Only the owner of the server may do this.', {
    reason: 'MISSING_PERMISSION',
  })
}

/**
 * As {@link findDenial}, for a single call: resolves with what was found of the place for somebody who may view it.
 * @throws `not_found`, `permission_denied`
 */
export function demand<Found extends { owner_id: string | null }>(
  found: Found | undefined,
  userId: string,
  permission: Permission,
  place: Place,
): Found {
  const denial = findDenial(toStanding(userId, found?.owner_id), permission, place)
  if (denial) throw denial
  // A place that was not found permits nothing.
  return found as Found
}

/**
 * Checks that the acting user may take a member out: everybody themselves, but for the owner, who may take out anybody else.
 * @throws `permission_denied`, `failed_precondition`
 */
export function demandRemoval(
  server: { owner_id: string },
  actingUserId: string,
  removedUserId: string,
): void {
  if (actingUserId !== removedUserId) demand(server, actingUserId, 'kick_members', 'server')
  if (removedUserId !== server.owner_id) return
  throw new RecadoError('failed_precondition', 'The owner cannot leave. Delete the server instead.', {
    reason: 'OWNER_CANNOT_LEAVE',
  })
}
