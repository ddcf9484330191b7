import { sql } from 'kysely'
import type { Handle } from '../handle.js'
import { isId } from '../../contract/ids.js'
import type { WriteRight } from './message-rules.js'

/** Who wants to write where. */
export type WriteWish = { senderId: string; channelId: string }

type RightRow = {
  sender_id: string
  channel_id: string
  server_id: string
  blocked_words: string[] | null
}

/** The rights that were found, by who and where. */
export class WriteRights {
  readonly #rights = new Map<string, WriteRight>()

  constructor(rows: readonly RightRow[]) {
    const wordsOf = new Map(
      rows.flatMap((row) => (row.blocked_words ? [[row.server_id, row.blocked_words]] : [])),
    )
    for (const row of rows) {
      this.#rights.set(toKey({ senderId: row.sender_id, channelId: row.channel_id }), {
        serverId: row.server_id,
        blockedWords: wordsOf.get(row.server_id) ?? [],
      })
    }
  }

  /** The right that the wish needs; undefined when there is none. */
  get(wish: WriteWish): WriteRight | undefined {
    return this.#rights.get(toKey(wish))
  }
}

/**
 * Reads who may write where, for a whole batch in one statement. A server's blocked words come with the first of its rows only.
 * Members are looked up one by one: a plain join of one wish may read all members of the server instead.
 */
export async function readWriteRights(handle: Handle, wishes: readonly WriteWish[]): Promise<WriteRights> {
  const distinct = [...new Map(wishes.filter(isPossible).map((wish) => [toKey(wish), wish])).values()]
  if (distinct.length === 0) return new WriteRights([])
  const { rows } = await sql<RightRow>`
    select wish.sender_id, wish.channel_id, servers.id as server_id,
      case when row_number() over (partition by servers.id) = 1 then servers.blocked_words end as blocked_words
    from unnest(
      ${distinct.map((wish) => wish.senderId)}::text[],
      ${distinct.map((wish) => wish.channelId)}::text[]
    ) as wish (sender_id, channel_id)
    join channels on channels.id = wish.channel_id
    join servers on servers.id = channels.server_id
    join lateral (
      select 1 from members where server_id = servers.id and user_id = wish.sender_id limit 1
    ) as membership on true`.execute(handle)
  return new WriteRights(rows)
}

function isPossible(wish: WriteWish): boolean {
  return isId(wish.senderId) && isId(wish.channelId)
}

/** No id holds U+0000, so no two wishes read alike. */
function toKey(wish: WriteWish): string {
  return `${wish.senderId}\0${wish.channelId}`
}
