import { errors, jwtVerify, SignJWT } from 'jose'
import { RecadoError } from '../../lib/errors.js'

const ISSUER = 'recado'
const ALGORITHM = 'HS256'

/** A sign-in. */
export type Session = { id: string; userId: string; createdAt: Date; expiresAt: Date }

/** What a token claims; its signature is right and it has not expired. */
export type SessionClaims = { sessionId: string; userId: string }

/** Makes and reads the bearer tokens of sessions: JWTs, signed with a secret that every core shares. */
export class SessionTokens {
  readonly #key: Uint8Array

  constructor(secret: string) {
    this.#key = new TextEncoder().encode(secret)
  }

  /** Makes the token of a session. */
  sign(session: Session): Promise<string> {
    return new SignJWT({ sid: session.id })
      .setProtectedHeader({ alg: ALGORITHM })
      .setIssuer(ISSUER)
      .setSubject(session.userId)
      .setIssuedAt(session.createdAt)
      .setExpirationTime(session.expiresAt)
      .sign(this.#key)
  }

  /**
   * Reads a token.
   * @throws `unauthenticated` when it is not ours or has expired.
   */
  async read(token: string): Promise<SessionClaims> {
    const { payload } = await this.#verify(token)
    if (typeof payload.sid !== 'string' || payload.sub === undefined) throw badToken()
    return { sessionId: payload.sid, userId: payload.sub }
  }

  async #verify(token: string) {
    try {
      return await jwtVerify(token, this.#key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        requiredClaims: ['exp', 'iat'],
      })
    } catch (cause) {
      if (cause instanceof errors.JOSEError) throw badToken(cause)
      throw cause
    }
  }
}

/** Makes the error for a token that opens nothing, whatever is wrong with it. */
export function badToken(cause?: unknown): RecadoError {
  return new RecadoError('unauthenticated', 'The token is wrong, expired or signed out. Sign in again.', {
    cause,
    reason: 'SESSION_INVALID',
  })
}
