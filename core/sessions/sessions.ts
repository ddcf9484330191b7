import { toRefusal } from '../../contract/refusals.js'
import type { SessionVerdict } from '../../gen/recado/internal/v1/core_service.js'
import { RecadoError } from '../../lib/errors.js'
import { newId } from '../../contract/ids.js'
import type { Database } from '../../ports/database/database.js'
import type { Handle } from '../handle.js'
import { assertBatch } from '../requests/batch-rules.js'
import { insertRevocations } from '../revocations/revocation-queries.js'
import { deleteExpiredSessions, deleteSession, findSession, insertSession } from './session-queries.js'
import { badToken, type Session, type SessionTokens } from './session-tokens.js'

const DAY_MS = 24 * 60 * 60 * 1_000

/** Expired sessions that are forgotten in one transaction. */
const FORGET_BATCH = 1_000

/** A valid session, and the position in the log of lost rights up to which it is known to be. */
export type VerifiedSession = { userId: string; sessionId: string; position: number; expiresAt: string }

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

  /** Opens a session inside the caller's transaction. */
  async open(transaction: Handle, userId: string): Promise<Session> {
    const createdAt = new Date()
    const session = {
      id: newId(),
      userId,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + this.#lifeMs),
    }
    await insertSession(transaction, session)
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
  async verify(token: string): Promise<VerifiedSession> {
    const { sessionId, userId } = await this.#tokens.read(token)
    const found = await this.#database.read((handle) => findSession(handle, sessionId))
    if (found?.userId !== userId) throw badToken()
    return { userId, sessionId, position: found.position, expiresAt: found.expiresAt.toISOString() }
  }

  /**
   * As {@link verify} for many; the verdicts are in the order of the tokens.
   * @throws `invalid_argument` for too large a batch, `unavailable`
   */
  async verifyAll(tokens: readonly string[]): Promise<SessionVerdict[]> {
    assertBatch(tokens)
    return Promise.all(
      tokens.map(async (token) => {
        try {
          return { outcome: { $case: 'session', value: await this.verify(token) } }
        } catch (error) {
          if (!(error instanceof RecadoError) || error.code !== 'unauthenticated') throw error
          return { outcome: { $case: 'refusal', value: toRefusal(error) } }
        }
      }),
    )
  }

  /**
   * Ends the session of a token; nothing changes when it has ended.
   * @throws `unauthenticated` for a token that is not ours, `permission_denied` for somebody else's.
   */
  async end(token: string, actingUserId: string): Promise<void> {
    const { sessionId, userId } = await this.#tokens.read(token)
    if (userId !== actingUserId)
      throw new RecadoError('permission_denied', 'This is the token of somebody else.')
    await this.#database.write(async (transaction) => {
      if (await deleteSession(transaction, sessionId)) await insertSignedOut(transaction, [sessionId])
    })
  }

  /** Ends the sessions that have expired. */
  async forgetExpired(): Promise<void> {
    let ended: number
    do {
      ended = await this.#database.write(async (transaction) => {
        const sessionIds = await deleteExpiredSessions(transaction, FORGET_BATCH)
        await insertSignedOut(transaction, sessionIds)
        return sessionIds.length
      })
    } while (ended === FORGET_BATCH)
  }
}

async function insertSignedOut(transaction: Handle, sessionIds: readonly string[]): Promise<void> {
  await insertRevocations(
    transaction,
    sessionIds.map((sessionId) => ({ $case: 'signedOut', value: { sessionId } })),
  )
}
