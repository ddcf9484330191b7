import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { RecadoError } from '../../lib/errors.js'
import type { Handle } from '../handle.js'

/** A request that makes something, as AIP-155 names it. */
export type NamedRequest = {
  /** Whose ids these are: nobody else's are compared with them. */
  actor: string
  /** Chosen by the caller; empty: a repeat is another request. */
  requestId: string
  /** All that was asked for: the same id with anything else is a mistake. */
  asked: readonly unknown[]
}

/**
 * Makes something once, inside the transaction that makes it: resolves with the new id, or with what the first request of this name
 * made within the last day. One that runs at the same time is waited for.
 * @throws `invalid_argument` for a name that was given to another request.
 */
export async function makeOnce(
  transaction: Handle,
  { actor, requestId, asked }: NamedRequest,
  newId: string,
): Promise<{ id: string; isNew: boolean }> {
  if (requestId === '') return { id: newId, isNew: true }
  const fingerprint = createHash('sha256').update(JSON.stringify(asked)).digest('base64url')
  const { rows } = await sql<{ result_id: string; fingerprint: string }>`
    insert into requests (actor, request_id, fingerprint, result_id)
    values (${actor}, ${requestId}, ${fingerprint}, ${newId})
    on conflict (actor, request_id) do update set actor = excluded.actor
    returning result_id, fingerprint`.execute(transaction)
  const [first] = rows
  if (first?.fingerprint !== fingerprint) {
    throw new RecadoError(
      'invalid_argument',
      'This `request_id` was given to another request. Choose a new one.',
      {
        reason: 'REQUEST_ID_REUSED',
        details: { request_id: 'was given to another request' },
      },
    )
  }
  return { id: first.result_id, isNew: first.result_id === newId }
}

/** Forgets at most `limit` names that are older than a day; resolves with how many. */
export async function forgetRequests(handle: Handle, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from requests where (actor, request_id) in (
      select actor, request_id from requests where created_at < now() - interval '1 day' order by created_at limit ${limit}
    )`.execute(handle)
  return Number(numAffectedRows ?? 0)
}
