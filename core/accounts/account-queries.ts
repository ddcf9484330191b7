import { sql } from 'kysely'
import type { Handle } from '../handle.js'

/** A deleted account of which something is left. */
export type AccountDeletion = { userId: string; isLast: boolean }

/** How long a core has for a part of it before another may take it up, in seconds. */
const CLAIM_S = 45

/** The servers that a user owns, at most `limit`. */
export function listOwned(
  handle: Handle,
  userId: string,
  limit: number,
): Promise<{ id: string; name: string }[]> {
  return handle
    .selectFrom('servers')
    .select(['id', 'name'])
    .where('owner_id', '=', userId)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Locks a user so that nothing that refers to them is made before the transaction ends, such as a server. */
export async function lockAccount(transaction: Handle, userId: string): Promise<void> {
  await sql`select from users where id = ${userId} for update`.execute(transaction)
}

/** Takes from a user's row what tells who they were, and frees the name; what was written names only the id. */
export async function blankUser(transaction: Handle, userId: string): Promise<void> {
  await sql`
    update users set username = id, username_fold = null, password_hash = '', display_name = '', about = '', deleted_at = now()
    where id = ${userId}`.execute(transaction)
}

/** Remembers that an account was deleted, in the transaction that does it. */
export async function insertAccountDeletion(transaction: Handle, userId: string): Promise<void> {
  await transaction.insertInto('account_deletions').values({ user_id: userId }).execute()
}

/**
 * Claims a deletion that is due, for 45 seconds; undefined where there is none. The last time of each is when nothing that was on
 * its way can be stored any more.
 */
export async function claimAccountDeletion(handle: Handle): Promise<AccountDeletion | undefined> {
  const { rows } = await sql<AccountDeletion>`
    update account_deletions set due_at = now() + make_interval(secs => ${CLAIM_S})
    where user_id = (
      select user_id from account_deletions where due_at <= now() order by due_at limit 1 for update skip locked
    )
    returning user_id as "userId", deleted_at < now() - interval '1 hour' as "isLast"`.execute(handle)
  return rows[0]
}

/** Has a deletion in hand stay this core's. */
export async function prolongClaim(handle: Handle, userId: string): Promise<void> {
  await sql`
    update account_deletions set due_at = now() + make_interval(secs => ${CLAIM_S}) where user_id = ${userId}`.execute(
    handle,
  )
}

/** Takes a deletion off the list; before its last time it is put off: by a minute at first, for the index of messages, then to the last. */
export async function settleAccountDeletion(
  handle: Handle,
  { userId, isLast }: AccountDeletion,
): Promise<void> {
  if (isLast) await sql`delete from account_deletions where user_id = ${userId}`.execute(handle)
  else
    await sql`
      update account_deletions set due_at = case
        when deleted_at > now() - interval '1 minute' then now() + interval '1 minute'
        else deleted_at + interval '1 hour 1 second'
      end
      where user_id = ${userId}`.execute(handle)
}

/** What is kept for a user alone. */
const ownTables = ['blocks', 'notifications', 'read_states', 'server_levels', 'channel_levels'] as const

/** Removes what is kept for a user alone, at most `limit` rows of each kind; resolves with the most of one kind. */
export async function removeOwnRows(handle: Handle, userId: string, limit: number): Promise<number> {
  const counts: number[] = []
  for (const table of ownTables) {
    const { numAffectedRows } = await sql`
      delete from ${sql.table(table)} where ctid = any(array(
        select ctid from ${sql.table(table)} where user_id = ${userId} limit ${limit}
      ))`.execute(handle)
    counts.push(Number(numAffectedRows ?? 0))
  }
  return Math.max(...counts)
}
