import { sql } from 'kysely'
import type { JoinVerdict, JoinWish } from '../../gen/recado/internal/v1/core_service.js'
import { ErrorCode } from '../../gen/recado/v1/types.js'
import { isId } from '../../contract/ids.js'
import type { Handle } from '../handle.js'
import { latestPosition } from '../revocations/revocation-queries.js'
import { CHANNEL_NOT_FOUND } from './channel-rules.js'

type JoinRow = { nth: number; server_id: string; epoch: string; head_seq: number; position: number }

/**
 * Decides who may read which channel live, for a whole batch in one statement, so that permission, position and head are of one
 * moment. The verdicts are in the order of the wishes. Members are looked up one by one, as for the right to write.
 */
export async function decideJoins(handle: Handle, wishes: readonly JoinWish[]): Promise<JoinVerdict[]> {
  const { rows } = await sql<JoinRow>`
    select wish.nth, servers.id as server_id, channels.epoch, channels.head_seq, ${latestPosition} as position
    from unnest(
      ${wishes.map(({ userId }) => toKnowable(userId))}::text[],
      ${wishes.map(({ channelId }) => toKnowable(channelId))}::text[]
    ) with ordinality as wish (user_id, channel_id, nth)
    join channels on channels.id = wish.channel_id
    join servers on servers.id = channels.server_id
    join lateral (
      select 1 from members where server_id = servers.id and user_id = wish.user_id limit 1
    ) as membership on true`.execute(handle)
  const permitted = new Map(rows.map((row) => [row.nth, row]))
  return wishes.map((_, index) => toVerdict(permitted.get(index + 1)))
}

/** What can be no id, for the database cannot hold it, is an id that nothing has. */
function toKnowable(id: string): string {
  return isId(id) ? id : ''
}

function toVerdict(row: JoinRow | undefined): JoinVerdict {
  if (!row) {
    const value = { code: ErrorCode.ERROR_CODE_NOT_FOUND, reason: 'NOT_FOUND', message: CHANNEL_NOT_FOUND }
    return { outcome: { $case: 'refusal', value } }
  }
  const { server_id: serverId, epoch, head_seq: seq, position } = row
  return { outcome: { $case: 'permission', value: { serverId, head: { epoch, seq }, position } } }
}
