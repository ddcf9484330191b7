import { sql } from 'kysely'
import type { Handle } from '../handle.js'
import { latestPosition } from '../revocations/revocation-queries.js'
import type { Session } from './session-tokens.js'

/** Keeps a new session. */
export async function insertSession(handle: Handle, session: Session): Promise<void> {
  await handle
    .insertInto('sessions')
    .values({
      id: session.id,
      user_id: session.userId,
      created_at: session.createdAt,
      expires_at: session.expiresAt,
    })
    .execute()
}

/** A session that is neither signed out nor expired, with the position in the log of lost rights that the answer includes. */
export type FoundSession = { id: string; user_id: string; expires_at: Date; position: number }

/** Finds sessions; those signed out or expired are missing. One statement sees one moment. */
export async function findSessions(
  handle: Handle,
  sessionIds: readonly string[],
): Promise<Map<string, FoundSession>> {
  const { rows } = await sql<FoundSession>`
    select id, user_id, expires_at, ${latestPosition} as position
    from sessions where id = any(${sessionIds}::text[]) and expires_at > now()`.execute(handle)
  return new Map(rows.map((row) => [row.id, row]))
}

/** Removes a session; false when it was not there. */
export async function deleteSession(handle: Handle, sessionId: string): Promise<boolean> {
  const { numDeletedRows } = await handle
    .deleteFrom('sessions')
    .where('id', '=', sessionId)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/**
 * Forgets at most `limit` sessions that expired more than a day ago, and resolves with how many. Until then what was accepted from
 * them and waits in the queue is told from what a signed-out one left there.
 */
export async function forgetExpiredSessions(handle: Handle, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from sessions where id in (
      select id from sessions where expires_at < now() - interval '1 day' order by expires_at limit ${limit}
    )`.execute(handle)
  return Number(numAffectedRows ?? 0)
}
