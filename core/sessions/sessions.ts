import { toRefusal } from '../../contract/refusals.js'
import type { SessionVerdict } from '../../gen/recado/internal/v1/core_service.js'
import type { VerifySessionResponse } from '../../gen/recado/v1/users_service.js'
import { RecadoError } from '../../lib/errors.js'
import { newId } from '../../contract/ids.js'
import type { Database } from '../../ports/database/database.js'
import type { Handle } from '../handle.js'
import { untilFewer } from '../housekeeping.js'
import { assertBatch } from '../requests/batch-rules.js'
import { insertRevocations } from '../revocations/revocation-queries.js'
import {
  deleteOldestSessions,
  deleteSession,
  deleteSessionsOf,
  findSessions,
  forgetExpiredSessions,
  insertSession,
  prolongSession,
  type FoundSession,
} from './session-queries.js'
import { badToken, type Session, type SessionClaims, type SessionTokens } from './session-tokens.js'

const DAY_MS = 24 * 60 * 60 * 1_000

/** Sessions that a user may have at once: as many as connections. */
const MAX_SESSIONS = 1_000

/** Expired sessions that are forgotten in one transaction. */
const FORGET_BATCH = 1_000

/** Opens, checks and ends sessions. */
export class Sessions {
  readonly #database: Database
  readonly #tokens: SessionTokens
  readonly #lifeMs: number

  constructor(database: Database, tokens: SessionTokens, sessionDays: number) {
    this.#database = database
    this.#tokens = tokens
    this.#lifeMs = sessionDays * DAY_MS
  }

  /** Opens a session inside the caller's transaction; beyond so many of one user the oldest ends. */
  async open(transaction: Handle, userId: string): Promise<Session> {
    const createdAt = new Date()
    const session = {
      id: newId(),
      userId,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + this.#lifeMs),
    }
    await insertSession(transaction, session)
    await revoke(transaction, await deleteOldestSessions(transaction, userId, MAX_SESSIONS))
    return session
  }

  /** Makes the bearer token of a session. */
  toToken(session: Session): Promise<string> {
    return this.#tokens.sign(session)
  }

  /**
   * Tells whose token this is.
   * @throws `unauthenticated`
   */
  async verify(token: string): Promise<VerifySessionResponse> {
    const [verdict] = await this.verifyAll([token])
    if (verdict?.outcome?.$case !== 'session') throw badToken()
    return verdict.outcome.value
  }

  /**
   * As {@link verify} for many, with one query; the verdicts are in the order of the tokens.
   * @throws `invalid_argument` for too large a batch, `unavailable`
   */
  async verifyAll(tokens: readonly string[]): Promise<SessionVerdict[]> {
    assertBatch(tokens)
    const claims = await Promise.all(tokens.map((token) => this.#tokens.read(token).catch(orBadToken)))
    const ids = claims.flatMap((claim) => (claim instanceof RecadoError ? [] : [claim.sessionId]))
    const found =
      ids.length > 0 ? await this.#database.read((handle) => findSessions(handle, ids)) : new Map()
    return claims.map((claim) => toVerdict(claim, found))
  }

  /**
   * Ends the session of a token; nothing changes when it has ended.
   * @throws `unauthenticated` for a token that is not ours, `permission_denied` for somebody else's.
   */
  async end(token: string, actingUserId: string): Promise<void> {
    const { sessionId } = await this.requireOwn(token, actingUserId)
    await this.#database.write(async (transaction) => {
      if (await deleteSession(transaction, sessionId)) await revoke(transaction, [sessionId])
    })
  }

  /**
   * Reads a token that must be the acting user's; the session may have ended.
   * @throws `unauthenticated` for a token that is not ours, `permission_denied` for somebody else's.
   */
  async requireOwn(token: string, actingUserId: string): Promise<SessionClaims> {
    const claims = await this.#tokens.read(token)
    if (claims.userId === actingUserId) return claims
    throw new RecadoError('permission_denied', 'This is the token of somebody else.', {
      reason: 'TOKEN_OF_ANOTHER_USER',
    })
  }

  /** Ends all sessions of a user. */
  async signOutEverywhere(userId: string): Promise<void> {
    await this.#database.write((transaction) => this.endAll(transaction, userId))
  }

  /** As {@link signOutEverywhere}, inside the caller's transaction, and but for one session where it is named. */
  async endAll(transaction: Handle, userId: string, exceptSessionId?: string): Promise<void> {
    await revoke(transaction, await deleteSessionsOf(transaction, userId, exceptSessionId))
  }

  /**
   * Gives a valid session its full time again, and makes a token for it.
   * @throws `unauthenticated`, `permission_denied`
   */
  async renew(token: string, actingUserId: string): Promise<{ token: string; expiresAt: string }> {
    const { sessionId, userId } = await this.requireOwn(token, actingUserId)
    const expiresAt = new Date(Date.now() + this.#lifeMs)
    const createdAt = await this.#database.read((handle) => prolongSession(handle, sessionId, expiresAt))
    if (!createdAt) throw badToken()
    const renewed = await this.#tokens.sign({ id: sessionId, userId, createdAt, expiresAt })
    return { token: renewed, expiresAt: expiresAt.toISOString() }
  }

  /** Forgets sessions that expired long ago. Nobody is told: whoever checks a session is told when it ends. */
  async forgetExpired(signal: AbortSignal): Promise<void> {
    await untilFewer(FORGET_BATCH, signal, () =>
      this.#database.read((handle) => forgetExpiredSessions(handle, FORGET_BATCH)),
    )
  }
}

/** Tells the log of lost rights of sessions that have ended. */
async function revoke(transaction: Handle, sessionIds: readonly string[]): Promise<void> {
  const lost = sessionIds.map((sessionId) => ({ $case: 'signedOut' as const, value: { sessionId } }))
  await insertRevocations(transaction, lost)
}

/** What is wrong with a token is one of the answers; everything else is not. */
function orBadToken(error: unknown): RecadoError {
  if (error instanceof RecadoError && error.code === 'unauthenticated') return error
  throw error
}

function toVerdict(
  claim: SessionClaims | RecadoError,
  found: ReadonlyMap<string, FoundSession>,
): SessionVerdict {
  const refuse = (error: RecadoError): SessionVerdict => ({
    outcome: { $case: 'refusal', value: toRefusal(error) },
  })
  if (claim instanceof RecadoError) return refuse(claim)
  const session = found.get(claim.sessionId)
  if (session?.user_id !== claim.userId) return refuse(badToken())
  const { user_id: userId, id: sessionId, position, expires_at } = session
  return {
    outcome: {
      $case: 'session',
      value: { userId, sessionId, position, expiresAt: expires_at.toISOString() },
    },
  }
}
