import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram } from './core-program.js'

describe.each(profiles)('core: users and sessions (%s)', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports)
  })
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  })

  const createUser = (username: string, password = 'correct horse') =>
    program.clients.users.call((client) => client.createUser, { username, password, requestId: '' })
  const signIn = (username: string, password = 'correct horse') =>
    program.clients.users.call((client) => client.createSession, { username, password, requestId: '' })
  const verify = (token: string) => program.clients.users.call((client) => client.verifySession, { token })
  const signOut = (token: string, userId: string) =>
    program.clients.users.call((client) => client.deleteSession, { token }, { userId })
  const getUser = (asked: string, userId: string) =>
    program.clients.users.call((client) => client.getUser, { userId: asked }, { userId })
  const revocationsAfter = (after: number) =>
    program.clients.core.call((client) => client.listRevocations, { after })

  it('makes a user who is signed in at once', async () => {
    const { user, token } = await createUser('João 🎈 [away]')

    expect(user).toMatchObject({ id: expect.stringMatching(/./), username: 'João 🎈 [away]' })
    expect(Date.parse(user?.createdAt ?? '')).toBeGreaterThan(Date.now() - 60_000)
    expect(await verify(token)).toMatchObject({ userId: user?.id })
    expect((await getUser(user?.id ?? '', user?.id ?? '')).user).toEqual(user)
  })

  it('refuses a name that is taken, to all but one of those who ask at once', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 4 }, () => createUser('wanted')))

    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await expect(createUser('wanted')).rejects.toMatchObject({ code: 'already_exists', retryable: false })
    await expect(createUser('Wanted')).resolves.toMatchObject({ user: { username: 'Wanted' } })
  })

  it('says what is wrong with a name or a password', async () => {
    await expect(createUser('')).rejects.toMatchObject({
      code: 'invalid_argument',
      details: { username: expect.any(String) },
    })
    await expect(createUser('x'.repeat(33))).rejects.toMatchObject({ code: 'invalid_argument' })
    await expect(createUser('short word', '1234567')).rejects.toMatchObject({
      code: 'invalid_argument',
      details: { password: expect.any(String) },
    })
  })

  it('signs in again, and refuses wrong names and passwords alike', async () => {
    const ana = await program.signUp()

    const again = await signIn(ana.username)
    expect(again.user?.id).toBe(ana.id)
    expect(again.token).not.toBe(ana.token)

    const refusals = await Promise.allSettled([
      signIn(ana.username, 'wrong horse'),
      signIn('nobody at all'),
      signIn('a\0b'),
      signIn(ana.username, ''),
    ])
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        status: 'rejected',
        reason: { code: 'unauthenticated', message: 'The name and the password do not belong together.' },
      })
    }
  })

  it('refuses tokens that are wrong, signed out or expired', async () => {
    const ana = await program.signUp()
    await expect(verify('no token')).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(verify(`${ana.token}x`)).rejects.toMatchObject({ code: 'unauthenticated' })

    await signOut(ana.token, ana.id)
    await expect(verify(ana.token)).rejects.toMatchObject({ code: 'unauthenticated' })

    const { token } = await signIn(ana.username)
    const { sessionId } = await verify(token)
    await ports.database.write((transaction) =>
      transaction
        .updateTable('sessions')
        .set({ expires_at: new Date(0) })
        .where('id', '=', sessionId)
        .execute(),
    )
    await expect(verify(token)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('tells the log of lost rights of a sign-out, once, behind the position that was verified', async () => {
    const ana = await program.signUp()
    const { sessionId, position } = await verify(ana.token)

    await signOut(ana.token, ana.id)
    await signOut(ana.token, ana.id)

    const { revocations } = await revocationsAfter(position)
    expect(revocations.filter(({ lost }) => lost?.$case === 'signedOut')).toEqual([
      { position: expect.any(Number), lost: { $case: 'signedOut', value: { sessionId } } },
    ])
  })

  it('signs nobody else out', async () => {
    const [ana, bo] = [await program.signUp(), await program.signUp()]

    await expect(signOut(ana.token, bo.id)).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(signOut('no token', ana.id)).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(verify(ana.token)).resolves.toMatchObject({ userId: ana.id })
  })

  it('knows no user by an id that nobody has', async () => {
    const ana = await program.signUp()
    await expect(getUser('nobody', ana.id)).rejects.toMatchObject({ code: 'not_found' })
    for (const asked of ['', 'a\0b', 'x'.repeat(10_000)])
      await expect(getUser(asked, ana.id)).rejects.toMatchObject({ code: 'invalid_argument' })
  })
})
