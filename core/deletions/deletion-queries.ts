import { sql } from 'kysely'
import type { Handle } from '../handle.js'

/** A deleted channel whose events are to leave the log. */
export type Deletion = { channelId: string; isLast: boolean }

/** Remembers channels that are being deleted, in the transaction that does it. */
export async function insertDeletions(transaction: Handle, channelIds: readonly string[]): Promise<void> {
  await sql`insert into deletions (channel_id) select unnest(${channelIds}::text[]) on conflict do nothing`.execute(
    transaction,
  )
}

/** Finds deletions that are due; the last time of each is when nothing can be written to the channel any more. */
export async function findDueDeletions(handle: Handle, limit: number): Promise<Deletion[]> {
  const { rows } = await sql<Deletion>`
    select channel_id as "channelId", deleted_at < now() - interval '1 hour' as "isLast"
    from deletions where due_at <= now() order by due_at limit ${limit}`.execute(handle)
  return rows
}

/** Takes a deletion off the list; before its last time it is put off to then. */
export async function settleDeletion(handle: Handle, { channelId, isLast }: Deletion): Promise<void> {
  if (isLast) await sql`delete from deletions where channel_id = ${channelId}`.execute(handle)
  else
    await sql`
      update deletions set due_at = deleted_at + interval '1 hour 1 second' where channel_id = ${channelId}`.execute(
      handle,
    )
}
