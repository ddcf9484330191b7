import { sql } from 'kysely'
import type { Handle } from '../handle.js'

/** A server whose messages are kept for a time, and on whose owner's behalf the older ones are deleted. */
export type DueRetention = { serverId: string; ownerId: string; days: number }

/** How long a core has for a part of it before another may take it up, in seconds. */
const CLAIM_S = 45

/** Between two rounds of one server, in seconds. */
const EVERY_S = 600

/** Begins or ends a server's rounds, with the setting, in its transaction. */
export async function setRetention(
  transaction: Handle,
  serverId: string,
  days: number | undefined,
): Promise<void> {
  await transaction
    .updateTable('servers')
    .set({ retention_days: days ?? null })
    .where('id', '=', serverId)
    .execute()
  if (days === undefined)
    await transaction.deleteFrom('retentions').where('server_id', '=', serverId).execute()
  else
    await sql`
      insert into retentions (server_id) values (${serverId})
      on conflict (server_id) do update set due_at = now()`.execute(transaction)
}

/** Claims a server whose round is due, for 45 seconds; undefined where there is none. */
export async function claimRetention(handle: Handle): Promise<DueRetention | undefined> {
  const { rows } = await sql<DueRetention>`
    update retentions set due_at = now() + make_interval(secs => ${CLAIM_S})
    from servers
    where servers.id = retentions.server_id and servers.retention_days is not null and retentions.server_id = (
      select server_id from retentions where due_at <= now() order by due_at limit 1 for update skip locked
    )
    returning servers.id as "serverId", servers.owner_id as "ownerId", servers.retention_days as days`.execute(
    handle,
  )
  return rows[0]
}

/** Has a round stay this core's. */
export async function prolongRetention(handle: Handle, serverId: string): Promise<void> {
  await putOff(handle, serverId, CLAIM_S)
}

/** Ends a round: the next is due in ten minutes. */
export async function settleRetention(handle: Handle, serverId: string): Promise<void> {
  await putOff(handle, serverId, EVERY_S)
}

/** The channels of a server behind an id, in the order of ids, with their heads and how far their messages are deleted. */
export async function listRetained(
  handle: Handle,
  serverId: string,
  after: string,
  limit: number,
): Promise<{ channelId: string; headSeq: number; seq: number }[]> {
  const { rows } = await sql<{ channelId: string; headSeq: number; seq: number }>`
    select channels.id as "channelId", head_seq as "headSeq", coalesce(seq, 0) as seq
    from channels left join retention_positions on channel_id = channels.id
    where server_id = ${serverId} and channels.id > ${after} order by channels.id limit ${limit}`.execute(
    handle,
  )
  return rows
}

/** Keeps how far a channel's messages are deleted; nothing changes where it is gone. */
export async function moveRetained(handle: Handle, channelId: string, seq: number): Promise<void> {
  await sql`
    insert into retention_positions (channel_id, seq) select id, ${seq} from channels where id = ${channelId}
    on conflict (channel_id) do update set seq = greatest(retention_positions.seq, excluded.seq)`.execute(
    handle,
  )
}

async function putOff(handle: Handle, serverId: string, seconds: number): Promise<void> {
  await sql`
    update retentions set due_at = now() + make_interval(secs => ${seconds}) where server_id = ${serverId}`.execute(
    handle,
  )
}
