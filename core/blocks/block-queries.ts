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

/** Whether one of two users blocks the other, as part of a statement. Each is a column or a value. */
export function isBlockBetween(one: ReturnType<typeof sql>, other: ReturnType<typeof sql>) {
  return sql<boolean>`exists (
    select from blocks where (user_id = ${one} and blocked_id = ${other}) or (user_id = ${other} and blocked_id = ${one})
  )`
}
