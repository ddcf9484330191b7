import { sql } from 'kysely'
import { isId } from '../../contract/ids.js'
import { toRefusal } from '../../contract/refusals.js'
import type { JoinPermission, JoinVerdict, JoinWish } from '../../gen/recado/internal/v1/core_service.js'
import type { Handle } from '../handle.js'
import { hasToldAfter, latestHappening } from '../happenings/happening-queries.js'
import { latestPosition } from '../revocations/revocation-queries.js'
import type { PermissionSet } from '../../contract/permissions.js'
import { channelsOfWishes, grounds, toChannelPermissions, type GroundsRow } from '../rights/right-queries.js'
import { findDenial, type Place } from '../rights/rights.js'

type ChannelRow = GroundsRow & {
  nth: number
  server_id: string | null
  epoch: string
  head_seq: number
  position: number
}

type TopicRow = {
  nth: number
  server_id: string
  server_ids: string[]
  position: number
  happening: number
  has_missed: boolean
}

/** A wish with its place in the batch. */
type Asked = { index: number; wish: JoinWish }

/**
 * Decides who may join what, for a whole batch in one statement for each kind of topic, so that permission, positions and head are of
 * one moment. The verdicts are in the order of the wishes.
 */
export async function decideJoins(handle: Handle, wishes: readonly JoinWish[]): Promise<JoinVerdict[]> {
  const asked = wishes.map((wish, index) => ({ index, wish }))
  const verdicts: JoinVerdict[] = []
  const decide = async (
    some: readonly Asked[],
    by: (handle: Handle, some: readonly JoinWish[]) => Promise<JoinVerdict[]>,
  ) => {
    const decided = await by(
      handle,
      some.map(({ wish }) => wish),
    )
    some.forEach(({ index }, nth) => (verdicts[index] = decided[nth] as JoinVerdict))
  }
  const isOfServer = ({ wish }: Asked) => wish.serverId !== undefined
  const isOwn = ({ wish }: Asked) => wish.own === true
  await decide(
    asked.filter((each) => !isOfServer(each) && !isOwn(each)),
    decideChannels,
  )
  await decide(asked.filter(isOfServer), decideServers)
  await decide(
    asked.filter((each) => isOwn(each) && !isOfServer(each)),
    decideOwn,
  )
  return verdicts
}

async function decideChannels(handle: Handle, wishes: readonly JoinWish[]): Promise<JoinVerdict[]> {
  if (wishes.length === 0) return []
  const { rows } = await sql<ChannelRow>`
    select wish.nth, channels.server_id, channels.epoch, channels.head_seq, ${grounds},
      ${latestPosition} as position
    from ${channelsOfWishes(wishes)}`.execute(handle)
  const permissionsOf = ({ userId }: JoinWish, row: ChannelRow) => toChannelPermissions(userId, row)
  const toPermission = ({ server_id: serverId, epoch, head_seq: seq, position }: ChannelRow) => ({
    serverId: serverId ?? '',
    head: { epoch, seq },
    position,
    start: undefined,
  })
  return toVerdicts(wishes, rows, { place: 'channel', permissionsOf, toPermission })
}

/** A member is looked up one by one: a plain join may read all members of the server instead. */
async function decideServers(handle: Handle, wishes: readonly JoinWish[]): Promise<JoinVerdict[]> {
  if (wishes.length === 0) return []
  const ids = wishes.map(({ serverId = '' }) => (isId(serverId) ? serverId : ''))
  const { rows } = await sql<TopicRow>`
    select wish.nth, servers.id as server_id, array[]::text[] as server_ids,
      ${latestPosition} as position, ${latestHappening} as happening,
      ${hasToldAfter(sql`'server:' || servers.id`, sql`wish.since`)} as has_missed
    from unnest(${toUserIds(wishes)}::text[], ${ids}::text[], ${toSinces(wishes)}::int8[])
      with ordinality as wish (user_id, server_id, since, nth)
    join servers on servers.id = wish.server_id
    join lateral (
      select 1 from members where server_id = servers.id and user_id = wish.user_id limit 1
    ) as membership on true`.execute(handle)
  return toVerdicts(wishes, rows, anyMember)
}

/** Whoever is signed in may: the gateway has seen to it that the topic is the user's own. */
async function decideOwn(handle: Handle, wishes: readonly JoinWish[]): Promise<JoinVerdict[]> {
  if (wishes.length === 0) return []
  const { rows } = await sql<TopicRow>`
    select wish.nth, '' as server_id, ${latestPosition} as position, ${latestHappening} as happening,
      array(select server_id from members where members.user_id = wish.user_id) as server_ids,
      ${hasToldAfter(sql`'user:' || wish.user_id`, sql`wish.since`)} as has_missed
    from unnest(${toUserIds(wishes)}::text[], ${toSinces(wishes)}::int8[]) with ordinality as wish (user_id, since, nth)`.execute(
    handle,
  )
  return toVerdicts(wishes, rows, anyMember)
}

function toUserIds(wishes: readonly JoinWish[]): string[] {
  return wishes.map(({ userId }) => (isId(userId) ? userId : ''))
}

function toSinces(wishes: readonly JoinWish[]): (number | null)[] {
  return wishes.map(({ since = null }) => since)
}

function toTopicPermission(row: TopicRow): JoinPermission {
  const start = { position: row.happening, hasMissed: row.has_missed, serverIds: row.server_ids }
  return { serverId: row.server_id, head: undefined, position: row.position, start }
}

/** How the rows of one kind of topic are read. */
type Reading<Row> = {
  place: Place
  /** What the user of a wish may do there. */
  permissionsOf(wish: JoinWish, row: Row): PermissionSet
  toPermission(row: Row): JoinPermission
}

/** Whoever is found is a member, and may hear what the topic tells. */
const anyMember: Reading<TopicRow> = {
  place: 'server',
  permissionsOf: () => 0,
  toPermission: toTopicPermission,
}

function toVerdicts<Row extends { nth: number }>(
  wishes: readonly JoinWish[],
  rows: readonly Row[],
  { place, permissionsOf, toPermission }: Reading<Row>,
): JoinVerdict[] {
  const found = new Map(rows.map((row) => [row.nth, row]))
  return wishes.map((wish, index) => {
    const row = found.get(index + 1)
    const denial = findDenial(row && permissionsOf(wish, row), 'view_channel', place)
    if (denial) return { outcome: { $case: 'refusal', value: toRefusal(denial) } }
    // What was not found permits nothing.
    return { outcome: { $case: 'permission', value: toPermission(row as Row) } }
  })
}
