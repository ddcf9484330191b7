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

/**
 * Finds whose a session is, with the position in the log of lost rights that the answer includes: one statement sees one moment.
 * Undefined when it is signed out or expired.
 */
export function findSession(
  handle: Handle,
  sessionId: string,
): Promise<{ userId: string; position: number; expiresAt: Date } | undefined> {
  return handle
    .selectFrom('sessions')
    .select(['user_id as userId', 'expires_at as expiresAt', latestPosition.as('position')])
    .where('id', '=', sessionId)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst()
}

/** Removes a session; false when it was not there. */
export async function deleteSession(handle: Handle, sessionId: string): Promise<boolean> {
  const { numDeletedRows } = await handle
    .deleteFrom('sessions')
    .where('id', '=', sessionId)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/** Removes at most `limit` sessions that have expired, and tells which. */
export async function deleteExpiredSessions(handle: Handle, limit: number): Promise<string[]> {
  const rows = await handle
    .deleteFrom('sessions')
    .where('id', 'in', (select) =>
      select
        .selectFrom('sessions')
        .select('id')
        .where('expires_at', '<=', sql<Date>`now()`)
        .limit(limit),
    )
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}
