import { sql } from 'kysely'
import type { Handle } from '../handle.js'
import type { PageStart } from '../requests/page-token.js'
import type { UserRow } from '../users/user-queries.js'

/** Adds a block; false where it was there. */
export async function insertBlock(handle: Handle, userId: string, blockedId: string): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await handle
    .insertInto('blocks')
    .values({ user_id: userId, blocked_id: blockedId })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Removes a block, if it is there. */
export async function deleteBlock(handle: Handle, userId: string, blockedId: string): Promise<void> {
  await handle
    .deleteFrom('blocks')
    .where('user_id', '=', userId)
    .where('blocked_id', '=', blockedId)
    .execute()
}

/** Counts whom a user blocks. */
export async function countBlocks(handle: Handle, userId: string): Promise<number> {
  const { count } = await handle
    .selectFrom('blocks')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return count
}

/** Lists whom a user blocks, in the order of their ids. */
export function listBlocked(
  handle: Handle,
  userId: string,
  start: PageStart,
  limit: number,
): Promise<UserRow[]> {
  return handle
    .selectFrom('blocks')
    .innerJoin('users', 'users.id', 'blocks.blocked_id')
    .selectAll('users')
    .where('blocks.user_id', '=', userId)
    .where('blocks.blocked_id', '>', start ?? '')
    .orderBy('blocks.blocked_id')
    .limit(limit)
    .execute()
}

/** Whether a user blocks one of the others, or the other way round. */
export async function isBlockBetween(
  handle: Handle,
  userId: string,
  otherIds: readonly string[],
): Promise<boolean> {
  const { rows } = await sql<{ is_blocked: boolean }>`
    select exists (
      select from unnest(${otherIds}::text[]) as other (id) join blocks
        on (user_id = ${userId} and blocked_id = other.id) or (user_id = other.id and blocked_id = ${userId})
    ) as is_blocked`.execute(handle)
  return rows[0]?.is_blocked ?? false
}

/**
 * What keeps a user from writing in a direct of two, as part of a statement: `gone` where the other's account is deleted, `blocked`
 * where one of them blocks the other; else, and in every other channel, null.
 */
export function directObstacle(userId: ReturnType<typeof sql>, channelId: ReturnType<typeof sql>) {
  return sql<DirectObstacle | null>`(
    select case
      when other.deleted_at is not null then 'gone'
      when exists (select from blocks where user_id = other.id and blocked_id = ${userId}) then 'blocked'
      when exists (select from blocks where user_id = ${userId} and blocked_id = other.id) then 'blocked'
    end
    from users as other
    where other.id = (
      select min(user_id) from direct_members where channel_id = ${channelId} and user_id <> ${userId} having count(*) = 1
    )
  )`
}

/** What keeps somebody from writing in a direct. */
export type DirectObstacle = 'gone' | 'blocked'
