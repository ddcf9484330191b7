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

/** Removes a user's sessions, but for one where it is named; resolves with those removed that had not expired. */
export async function deleteSessionsOf(
  handle: Handle,
  userId: string,
  exceptSessionId = '',
): Promise<string[]> {
  const { rows } = await sql<{ id: string; is_valid: boolean }>`
    delete from sessions where user_id = ${userId} and id <> ${exceptSessionId}
    returning id, expires_at > now() as is_valid`.execute(handle)
  return rows.flatMap(({ id, is_valid }) => (is_valid ? [id] : []))
}

/** Removes a user's oldest sessions beyond the newest `kept`; resolves with those removed. */
export async function deleteOldestSessions(handle: Handle, userId: string, kept: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    delete from sessions where id in (
      select id from sessions where user_id = ${userId} order by created_at desc, id desc offset ${kept}
    ) returning id`.execute(handle)
  return rows.map(({ id }) => id)
}

/** Gives a session another end, and resolves with when it was opened; undefined where it has ended. */
export async function prolongSession(
  handle: Handle,
  sessionId: string,
  expiresAt: Date,
): Promise<Date | undefined> {
  const { rows } = await sql<{ created_at: Date }>`
    update sessions set expires_at = greatest(expires_at, ${expiresAt})
    where id = ${sessionId} and expires_at > now() returning created_at`.execute(handle)
  return rows[0]?.created_at
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
