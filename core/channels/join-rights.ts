import { sql } from 'kysely'
import { toRefusal } from '../../contract/refusals.js'
import type { JoinVerdict, JoinWish } from '../../gen/recado/internal/v1/core_service.js'
import type { Handle } from '../handle.js'
import { latestPosition } from '../revocations/revocation-queries.js'
import { viewableChannels } from '../rights/right-queries.js'
import { findDenial, toStanding } from '../rights/rights.js'

type JoinRow = {
  nth: number
  server_id: string | null
  owner_id: string | null
  epoch: string
  head_seq: number
  position: number
}

/**
 * Decides who may read which channel live, for a whole batch in one statement, so that permission, position and head are of one
 * moment. The verdicts are in the order of the wishes.
 */
export async function decideJoins(handle: Handle, wishes: readonly JoinWish[]): Promise<JoinVerdict[]> {
  if (wishes.length === 0) return []
  const { rows } = await sql<JoinRow>`
    select wish.nth, servers.id as server_id, servers.owner_id, channels.epoch, channels.head_seq,
      ${latestPosition} as position
    from ${viewableChannels(wishes)}`.execute(handle)
  const found = new Map(rows.map((row) => [row.nth, row]))
  return wishes.map(({ userId }, index) => toVerdict(userId, found.get(index + 1)))
}

function toVerdict(userId: string, row: JoinRow | undefined): JoinVerdict {
  const denial = findDenial(toStanding(userId, row?.owner_id), 'view_channel', 'channel')
  if (denial) return { outcome: { $case: 'refusal', value: toRefusal(denial) } }
  // What was not found permits nothing.
  const { server_id: serverId, epoch, head_seq: seq, position } = row as JoinRow
  const value = { serverId: serverId ?? '', head: { epoch, seq }, position }
  return { outcome: { $case: 'permission', value } }
}
