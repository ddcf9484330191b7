import type { Selectable, Updateable } from 'kysely'
import type { UsersTable } from '../../ports/database/schema.js'
import { isId } from '../../contract/ids.js'
import type { Handle } from '../handle.js'
import { foldUsername } from './username.js'
import { noActingUser } from './user-rules.js'

/** A user as the database has them. */
export type UserRow = Selectable<UsersTable>

/** Adds a user; undefined when the name is taken. */
export function insertUser(
  handle: Handle,
  user: { id: string; username: string; fold: string; passwordHash: string },
): Promise<UserRow | undefined> {
  return handle
    .insertInto('users')
    .values({
      id: user.id,
      username: user.username,
      username_fold: user.fold,
      password_hash: user.passwordHash,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
}

/** Finds a user by id; one whose account is deleted, too. */
export function findUser(handle: Handle, userId: string): Promise<UserRow | undefined> {
  return handle.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst()
}

/** Finds users, by id; those not there are missing. */
export async function findUsers(handle: Handle, userIds: readonly string[]): Promise<Map<string, UserRow>> {
  if (userIds.length === 0) return new Map()
  const rows = await handle.selectFrom('users').selectAll().where('id', 'in', userIds).execute()
  return new Map(rows.map((row) => [row.id, row]))
}

/** Finds a user by their name: by the exact one before all that looks like it. */
export async function findUserByName(handle: Handle, username: string): Promise<UserRow | undefined> {
  const found = await handle
    .selectFrom('users')
    .selectAll()
    .where((or) => or.or([or('username_fold', '=', foldUsername(username)), or('username', '=', username)]))
    .where('deleted_at', 'is', null)
    .execute()
  return found.find((row) => row.username === username) ?? found[0]
}

/** Finds a user by id whose account is not deleted. */
export async function findLivingUser(handle: Handle, userId: string): Promise<UserRow | undefined> {
  const row = isId(userId) ? await findUser(handle, userId) : undefined
  return row?.deleted_at === null ? row : undefined
}

/**
 * Reads the acting user.
 * @throws `unauthenticated` for one who is not there
 */
export async function requireUser(handle: Handle, userId: string): Promise<UserRow> {
  const row = await findLivingUser(handle, userId)
  if (!row) throw noActingUser()
  return row
}

/**
 * As {@link requireUser}, and nobody else who locks the user goes on before the transaction ends.
 * @throws `unauthenticated`
 */
export async function requireLockedUser(transaction: Handle, userId: string): Promise<UserRow> {
  const row = isId(userId)
    ? await transaction
        .selectFrom('users')
        .selectAll()
        .where('id', '=', userId)
        .where('deleted_at', 'is', null)
        .forNoKeyUpdate()
        .executeTakeFirst()
    : undefined
  if (!row) throw noActingUser()
  return row
}

/** Keeps a user's credentials as they are until the transaction ends; false when they are no longer these. */
export async function lockCredentials(
  transaction: Handle,
  user: Pick<UserRow, 'id' | 'password_hash'>,
): Promise<boolean> {
  const row = await transaction
    .selectFrom('users')
    .select('id')
    .where('id', '=', user.id)
    .where('password_hash', '=', user.password_hash)
    .where('deleted_at', 'is', null)
    .forShare()
    .executeTakeFirst()
  return row !== undefined
}

/** Changes what a user shows or signs in with; resolves with the user as they are then. */
export function updateUser(handle: Handle, userId: string, change: Updateable<UsersTable>): Promise<UserRow> {
  return handle
    .updateTable('users')
    .set(change)
    .where('id', '=', userId)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Finds which of these users there are; in a transaction none of them deletes the account before its end. */
export async function findUserIds(handle: Handle, userIds: readonly string[]): Promise<Set<string>> {
  const rows = await handle
    .selectFrom('users')
    .select('id')
    .where('id', 'in', userIds)
    .where('deleted_at', 'is', null)
    .forKeyShare()
    .execute()
  return new Set(rows.map((row) => row.id))
}
