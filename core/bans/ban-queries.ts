import type { Selectable } from 'kysely'
import type { BansTable } from '../../ports/database/schema.js'
import type { Handle } from '../handle.js'
import type { PageStart } from '../requests/page-token.js'

/** A ban as the database has it. */
export type BanRow = Selectable<BansTable>

/** Bans a user; of one who is banned the reason is replaced, and by whom. */
export function putBan(
  transaction: Handle,
  ban: { serverId: string; userId: string; bannedBy: string; reason: string | undefined },
): Promise<BanRow> {
  const said = { banned_by: ban.bannedBy, reason: ban.reason ?? null }
  return transaction
    .insertInto('bans')
    .values({ server_id: ban.serverId, user_id: ban.userId, ...said })
    .onConflict((conflict) => conflict.columns(['server_id', 'user_id']).doUpdateSet(said))
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Finds a ban. */
export function findBan(handle: Handle, serverId: string, userId: string): Promise<BanRow | undefined> {
  return handle
    .selectFrom('bans')
    .selectAll()
    .where('server_id', '=', serverId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
}

/** Lists a server's bans in the order of the user ids. */
export function listBans(
  handle: Handle,
  serverId: string,
  start: PageStart,
  limit: number,
): Promise<BanRow[]> {
  return handle
    .selectFrom('bans')
    .selectAll()
    .where('server_id', '=', serverId)
    .where('user_id', '>', start ?? '')
    .orderBy('user_id')
    .limit(limit)
    .execute()
}

/** Counts a server's bans. */
export async function countBans(handle: Handle, serverId: string): Promise<number> {
  const { count } = await handle
    .selectFrom('bans')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('server_id', '=', serverId)
    .executeTakeFirstOrThrow()
  return count
}

/** Lifts a ban; false where there was none. */
export async function deleteBan(transaction: Handle, serverId: string, userId: string): Promise<boolean> {
  const { numDeletedRows } = await transaction
    .deleteFrom('bans')
    .where('server_id', '=', serverId)
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}
