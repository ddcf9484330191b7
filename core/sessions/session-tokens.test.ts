import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { SessionTokens } from './session-tokens.js'

const secret = 'a secret of more than thirty-two bytes'
const tokens = new SessionTokens(secret)
const unauthenticated = { code: 'unauthenticated' }

function sessionUntil(expiresAt: Date) {
  return { id: 'session-1', userId: 'user-1', createdAt: new Date(), expiresAt }
}

function forged() {
  return new SignJWT({ sid: 'session-1' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('user-1')
    .setIssuedAt()
    .setExpirationTime('1h')
}

describe('session tokens', () => {
  const inAnHour = new Date(Date.now() + 3_600_000)

  it('say which session and whose', async () => {
    const token = await tokens.sign(sessionUntil(inAnHour))
    expect(await tokens.read(token)).toEqual({ sessionId: 'session-1', userId: 'user-1' })
  })

  it('are refused once they have expired', async () => {
    const token = await tokens.sign(sessionUntil(new Date(Date.now() - 1_000)))
    await expect(tokens.read(token)).rejects.toMatchObject(unauthenticated)
  })

  it('are refused when another secret signed them', async () => {
    const token = await new SessionTokens(`${secret}!`).sign(sessionUntil(inAnHour))
    await expect(tokens.read(token)).rejects.toMatchObject(unauthenticated)
  })

  it('are refused when they are unsigned, of another issuer, or no tokens at all', async () => {
    const key = new TextEncoder().encode(secret)
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"user-1","sid":"session-1"}')}.`
    const ofAnother = await forged().setIssuer('another').sign(key)
    for (const token of [unsigned, ofAnother, '', 'a.b.c', '\0'])
      await expect(tokens.read(token)).rejects.toMatchObject(unauthenticated)
  })

  it('are refused when a claim is missing', async () => {
    const key = new TextEncoder().encode(secret)
    const withoutSession = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('recado')
      .setSubject('user-1')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(key)
    await expect(tokens.read(withoutSession)).rejects.toMatchObject(unauthenticated)
  })

  it.each([
    ['when they end', (jwt: SignJWT) => jwt.setIssuedAt()],
    ['when they were made', (jwt: SignJWT) => jwt.setExpirationTime('1h')],
  ])('are refused when they do not say %s', async (_what, complete) => {
    const jwt = new SignJWT({ sid: 'session-1' }).setProtectedHeader({ alg: 'HS256' })
    const token = await complete(jwt.setIssuer('recado').setSubject('user-1')).sign(
      new TextEncoder().encode(secret),
    )

    await expect(tokens.read(token)).rejects.toMatchObject(unauthenticated)
  })
})
