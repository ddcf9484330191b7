import { once } from 'node:events'
import { status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SessionTokens } from '../../core/sessions/session-tokens.js'
import type { VerifySessionsResponse } from '../../gen/recado/internal/v1/core_service.js'
import { ErrorCode } from '../../gen/recado/v1/types.js'
import type { CreateUserRequest } from '../../gen/recado/v1/users_service.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { AUTH_SECRET, CoreProgram } from './core-program.js'

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
    const taken = { code: 'already_exists', reason: 'USERNAME_TAKEN', retryable: false }
    for (const alike of ['wanted', 'Wanted', 'ｗａｎｔｅｄ']) {
      await expect(createUser(alike)).rejects.toMatchObject(taken)
    }
  })

  it('shows a name as it was typed, and signs in by all that looks like it', async () => {
    const { user } = await createUser('Ana Ｍaria')

    expect(user?.username).toBe('Ana Ｍaria')
    for (const alike of ['Ana Ｍaria', 'ana maria', 'ANA MARIA', 'ana\u3000maria'])
      expect((await signIn(alike)).user).toEqual(user)
    for (const other of ['anamaria', 'ana\u200b maria'])
      await expect(signIn(other)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('makes a user once for one request id, for whoever knows the password', async () => {
    const create = (fields: Partial<CreateUserRequest>) =>
      program.clients.users.call((client) => client.createUser, {
        ...{ username: 'Once', password: 'correct horse', requestId: 'request-1' },
        ...fields,
      })
    const [first, again] = await Promise.all([create({}), create({})])

    expect(again.user).toEqual(first.user)
    expect(again.token).not.toBe(first.token)
    await expect(create({ password: 'wrong horse' })).rejects.toMatchObject({ code: 'already_exists' })
    await expect(create({ requestId: 'request-2' })).rejects.toMatchObject({ code: 'already_exists' })
    await expect(create({ username: 'once' })).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' })
    await expect(create({ username: 'x'.repeat(33), requestId: 'x'.repeat(65) })).rejects.toMatchObject({
      code: 'invalid_argument',
      details: { username: expect.any(String), request_id: expect.any(String) },
    })
    expect((await create({ username: 'Another' })).user?.username).toBe('Another')
  })

  it('refuses a token that names the session of somebody else', async () => {
    const [ana, bo] = [await program.signUp(), await program.signUp()]
    const tokens = new SessionTokens(AUTH_SECRET)
    const { sessionId: id } = await tokens.read(bo.token)
    const [createdAt, expiresAt] = [new Date(), new Date(Date.now() + 60_000)]

    await expect(
      verify(await tokens.sign({ id, userId: ana.id, createdAt, expiresAt })),
    ).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    await expect(
      verify(await tokens.sign({ id, userId: bo.id, createdAt, expiresAt })),
    ).resolves.toMatchObject({
      userId: bo.id,
    })
  })

  it('verifies many sessions at once, each in its place, with the time of their end', async () => {
    const [ana, bo] = [await program.signUp(), await program.signUp()]
    await signOut(bo.token, bo.id)
    const stream = program.clients.core.open((client) => client.verifySessions)
    const answered = once(stream, 'data') as Promise<[VerifySessionsResponse]>
    stream.write({ batch: 7, tokens: [ana.token, 'no token', bo.token, '', ana.token] })
    const [{ batch, verdicts }] = await answered
    stream.end()

    const refused = {
      outcome: {
        $case: 'refusal',
        value: expect.objectContaining({
          code: ErrorCode.ERROR_CODE_UNAUTHENTICATED,
          reason: 'SESSION_INVALID',
        }),
      },
    }
    const valid = { outcome: { $case: 'session', value: await verify(ana.token) } }
    expect(batch).toBe(7)
    expect(verdicts).toEqual([valid, refused, refused, refused, valid])
    const days = (Date.parse((await verify(ana.token)).expiresAt ?? '') - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(29)
    expect(days).toBeLessThan(31)
  })

  it('does nothing on behalf of a user who is not there, and nothing for two at once', async () => {
    const { servers, history } = program.clients
    const nobody = { userId: 'nobody' }
    const refused = { code: 'unauthenticated', reason: 'ACTING_USER_NOT_FOUND' }
    const ana = await program.signUp()
    const { id: serverId } = await program.createServer(ana)
    const listing = { pageSize: 0, pageToken: '' }
    await expect(getUser(ana.id, 'nobody')).rejects.toMatchObject(refused)
    await expect(getUser('nobody', 'nobody')).rejects.toMatchObject(refused)
    await expect(servers.call((client) => client.listServers, listing, nobody)).rejects.toMatchObject(refused)
    await expect(servers.call((client) => client.getServer, { serverId }, nobody)).rejects.toMatchObject(
      refused,
    )
    await expect(
      history.call((client) => client.listMessages, { channelId: 'x', limit: 0, cursor: undefined }, nobody),
    ).rejects.toMatchObject(refused)

    const metadata = servers.metadata({ userId: ana.id })
    metadata.add('recado-user-id', 'bo')
    const code = await new Promise((resolve) =>
      servers.all[0]?.listServers(listing, metadata, (error) => resolve(error?.code)),
    )
    expect(code).toBe(status.INVALID_ARGUMENT)
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
