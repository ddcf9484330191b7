import { sql } from 'kysely'
import { isId } from '../../contract/ids.js'
import type { Candidate } from '../../gen/recado/v1/messages_service.js'
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
  return keys.map((key) => targets.get(key))
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
