import type { Selectable } from 'kysely'
import type { UsersTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'

/** A user as the database has them. */
export type UserRow = Selectable<UsersTable>

/** Adds a user; undefined when the name is taken. */
export function insertUser(
  handle: Handle,
  user: { id: string; username: string; passwordHash: string },
): Promise<UserRow | undefined> {
  return handle
    .insertInto('users')
    .values({ id: user.id, username: user.username, password_hash: user.passwordHash })
    .onConflict((conflict) => conflict.column('username').doNothing())
    .returningAll()
    .executeTakeFirst()
}

/** Finds a user by id. */
export function findUser(handle: Handle, userId: string): Promise<UserRow | undefined> {
  return handle.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst()
}

/** Finds a user by their exact name. */
export function findUserByName(handle: Handle, username: string): Promise<UserRow | undefined> {
  return handle.selectFrom('users').selectAll().where('username', '=', username).executeTakeFirst()
}

/** Finds which of these users there are. */
export async function findUserIds(handle: Handle, userIds: readonly string[]): Promise<Set<string>> {
  const rows = await handle.selectFrom('users').select('id').where('id', 'in', userIds).execute()
  return new Set(rows.map((row) => row.id))
}
