import type { Selectable } from 'kysely'
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

/** Finds a user by id. */
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
    .execute()
  return found.find((row) => row.username === username) ?? found[0]
}

/**
 * Checks that the acting user is there.
 * @throws `unauthenticated`
 */
export async function requireUser(handle: Handle, userId: string): Promise<void> {
  if (!isId(userId) || !(await findUser(handle, userId))) throw noActingUser()
}

/** Finds which of these users there are. */
export async function findUserIds(handle: Handle, userIds: readonly string[]): Promise<Set<string>> {
  const rows = await handle.selectFrom('users').select('id').where('id', 'in', userIds).execute()
  return new Set(rows.map((row) => row.id))
}
