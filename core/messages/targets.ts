import { sql } from 'kysely'
import { isId } from '../../contract/ids.js'
import { toPermissionSet } from '../../contract/permissions.js'
import { CommandKind, type Candidate } from '../../gen/recado/v1/messages_service.js'
import { directObstacle, type DirectObstacle } from '../blocks/block-queries.js'
import type { Handle } from '../handle.js'
import {
  channelsOfWishes,
  grounds,
  toChannelPermissions,
  type ChannelWish,
  type GroundsRow,
} from '../rights/right-queries.js'
import type { Target } from './message-rules.js'

type TargetRow = GroundsRow & {
  nth: number
  user_id: string
  server_id: string | null
  head_seq: number
  slow_mode_s: number
  has_listeners: boolean
  obstacle: DirectObstacle | null
  blocked_words: string[] | null
  is_signed_in: boolean
}

/**
 * Reads what must be known of the places that candidates are for, in one statement; the answer is in their order. A server's blocked
 * words come with the first of its rows only.
 */
export async function readTargets(
  handle: Handle,
  candidates: readonly Candidate[],
): Promise<(Target | undefined)[]> {
  const wishes = candidates.map(toWish)
  const keys = wishes.map(toKey)
  const distinct = [...new Map(wishes.filter(isPossible).map((wish) => [toKey(wish), wish])).values()]
  if (distinct.length === 0) return keys.map(() => undefined)
  const { rows } = await sql<TargetRow>`
    select wish.nth, wish.user_id, channels.server_id, channels.head_seq, channels.slow_mode_s, ${grounds},
      exists (select 1 from channel_levels where channel_id = channels.id and level = 'all')
        or exists (select 1 from server_levels where server_id = channels.server_id and level = 'all') as has_listeners,
      case when channels.server_id is null then ${directObstacle(sql`wish.user_id`, sql`channels.id`)} end as obstacle,
      case when row_number() over (partition by servers.id) = 1 then servers.blocked_words end as blocked_words,
      wish.session_id = '' or exists (
        select 1 from sessions where sessions.id = wish.session_id and sessions.user_id = wish.user_id
      ) as is_signed_in
    from ${channelsOfWishes(distinct)}`.execute(handle)
  const wordsOf = new Map(
    rows.flatMap((row) =>
      row.server_id !== null && row.blocked_words ? [[row.server_id, row.blocked_words]] : [],
    ),
  )
  const targets = new Map(
    rows.map((row) => [
      toKey(distinct[row.nth - 1]),
      {
        serverId: row.server_id ?? '',
        permissions: toChannelPermissions(row.user_id, row),
        slowModeS: row.slow_mode_s,
        hasListeners: row.has_listeners,
        obstacle: row.obstacle,
        headSeq: row.head_seq,
        blockedWords: wordsOf.get(row.server_id ?? '') ?? [],
        isSignedIn: row.is_signed_in,
      },
    ]),
  )
  const found = keys.map((key) => targets.get(key))
  return candidates.some((each, index) => !found[index] && isDeletion(each))
    ? withDeletedAccounts(handle, candidates, found)
    : found
}

function isDeletion({ kind }: Candidate): boolean {
  return kind === CommandKind.COMMAND_KIND_DELETE
}

/** Whoever has deleted their account is in no place any more, but what they wrote is deleted on their behalf wherever it stands. */
async function withDeletedAccounts(
  handle: Handle,
  candidates: readonly Candidate[],
  found: readonly (Target | undefined)[],
): Promise<(Target | undefined)[]> {
  const open = candidates.map((each, index) => (found[index] || !isDeletion(each) ? undefined : toWish(each)))
  const column = (pick: (wish: ChannelWish) => string) =>
    open.map((wish) => (wish && isPossible(wish) ? pick(wish) : ''))
  const { rows } = await sql<{ nth: number; server_id: string | null; head_seq: number }>`
    select wish.nth, channels.server_id, channels.head_seq
    from unnest(${column(({ userId }) => userId)}::text[], ${column(({ channelId }) => channelId)}::text[])
      with ordinality as wish (user_id, channel_id, nth)
    join users on users.id = wish.user_id and users.deleted_at is not null
    join channels on channels.id = wish.channel_id`.execute(handle)
  const farewells = new Map(rows.map((row) => [row.nth, toFarewell(row)]))
  return found.map((target, index) => target ?? farewells.get(index + 1))
}

/** A place where nothing is left to do but to delete what is one's own. */
function toFarewell(row: { server_id: string | null; head_seq: number }): Target {
  return {
    serverId: row.server_id ?? '',
    permissions: toPermissionSet(['view_channel']),
    slowModeS: 0,
    hasListeners: false,
    obstacle: null,
    headSeq: row.head_seq,
    blockedWords: [],
    isSignedIn: true,
  }
}

function toWish({ senderId, channelId, sessionId }: Candidate): ChannelWish {
  return { userId: senderId, channelId, sessionId }
}

function isPossible({ userId, channelId }: ChannelWish): boolean {
  return isId(userId) && isId(channelId)
}

/** No id holds U+0000, so no two wishes read alike. */
function toKey(wish: ChannelWish | undefined): string {
  return `${wish?.userId}\0${wish?.channelId}\0${wish?.sessionId ?? ''}`
}
