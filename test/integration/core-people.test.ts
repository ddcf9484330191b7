import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { UpdateUserRequest } from '../../gen/recado/v1/users_service.js'
import { SendMessageRequest } from '../../gen/recado/v1/messages_service.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, type SignedIn } from './core-program.js'

describe.each(profiles)('core: people (%s)', (profile) => {
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

  const users = () => program.clients.users
  const update = (change: Partial<UpdateUserRequest>, { id }: SignedIn) =>
    users().call(
      (client) => client.updateUser,
      { displayName: undefined, about: undefined, ...change },
      { userId: id },
    )
  const find = (username: string, userId: string) =>
    users().call((client) => client.listUsers, { username }, { userId })
  const signIn = ({ username }: SignedIn, password = 'correct horse') =>
    users().call((client) => client.createSession, { username, password })
  const verify = (token: string) => users().call((client) => client.verifySession, { token })
  const changePassword = (
    user: SignedIn,
    fields: { currentPassword?: string; newPassword?: string; token?: string } = {},
  ) =>
    users().call(
      (client) => client.updatePassword,
      { currentPassword: 'correct horse', newPassword: 'battery staple', token: user.token, ...fields },
      { userId: user.id },
    )
  const block = (user: SignedIn, userId: string) =>
    users().call((client) => client.createBlock, { userId }, { userId: user.id })
  const unblock = (user: SignedIn, userId: string) =>
    users().call((client) => client.deleteBlock, { userId }, { userId: user.id })
  const listBlocks = (user: SignedIn, asked = {}) =>
    users().call((client) => client.listBlocks, { pageSize: 0, pageToken: '', ...asked }, { userId: user.id })
  const invalid = { code: 'unauthenticated', reason: 'SESSION_INVALID' }

  describe('a profile', () => {
    it('is changed in what is given, seen by others, and emptied again', async () => {
      const [ana, bo] = [await program.signUp(), await program.signUp()]
      await update({ displayName: 'Ana 🎈' }, ana)
      const { user } = await update({ about: 'two\nlines' }, ana)

      expect(user).toMatchObject({ id: ana.id, displayName: 'Ana 🎈', about: 'two\nlines' })
      const seen = await users().call((client) => client.getUser, { userId: ana.id }, { userId: bo.id })
      expect(seen.user).toEqual(user)
      expect((await update({ displayName: '', about: '' }, ana)).user).toMatchObject({
        displayName: '',
        about: '',
      })
    })

    it.each([
      ['nothing', {}, 'display_name'],
      ['a name with white space around it', { displayName: ' ana' }, 'display_name'],
      ['an invisible name', { displayName: 'a\u200bna' }, 'display_name'],
      ['65 characters', { displayName: 'x'.repeat(65) }, 'display_name'],
      ['501 characters of oneself', { about: 'x'.repeat(501) }, 'about'],
      ['blanks of oneself', { about: ' \n' }, 'about'],
    ])('is not changed to %s', async (_case, change, field) => {
      const ana = await program.signUp()

      await expect(update(change, ana)).rejects.toMatchObject({
        code: 'invalid_argument',
        details: { [field]: expect.any(String) },
      })
    })

    it('is found by the whole name, and by one that looks like it', async () => {
      const ana = await program.signUp()

      for (const name of [ana.username, ana.username.toUpperCase()])
        expect((await find(name, ana.id)).users.map(({ id }) => id)).toEqual([ana.id])
      for (const name of ['user', `${ana.username}x`, 'x'.repeat(40), 'a\u0001'])
        expect((await find(name, ana.id)).users).toEqual([])
      await expect(find('nobody', 'nobody')).rejects.toMatchObject({ reason: 'ACTING_USER_NOT_FOUND' })
    })
  })

  describe('a new password', () => {
    it('opens from then on, ends all other sessions, and tells the log of lost rights', async () => {
      const ana = await program.signUp()
      const other = await signIn(ana)
      const { sessionId, position } = await verify(other.token)

      await changePassword(ana)

      await expect(signIn(ana)).rejects.toMatchObject({ reason: 'WRONG_CREDENTIALS' })
      expect((await signIn(ana, 'battery staple')).user?.id).toBe(ana.id)
      await expect(verify(other.token)).rejects.toMatchObject(invalid)
      expect(await verify(ana.token)).toMatchObject({ userId: ana.id })
      const { revocations } = await program.clients.core.call((client) => client.listRevocations, {
        after: position,
      })
      expect(revocations.map(({ lost }) => lost)).toEqual([{ $case: 'signedOut', value: { sessionId } }])
    })

    it('is refused where the current one is wrong, or the token is of another', async () => {
      const [ana, bo] = [await program.signUp(), await program.signUp()]

      await expect(changePassword(ana, { currentPassword: 'wrong horse' })).rejects.toMatchObject({
        code: 'permission_denied',
        reason: 'WRONG_PASSWORD',
      })
      await expect(changePassword(ana, { token: bo.token })).rejects.toMatchObject({
        reason: 'TOKEN_OF_ANOTHER_USER',
      })
      await expect(changePassword(ana, { newPassword: 'short' })).rejects.toMatchObject({
        code: 'invalid_argument',
      })
      expect((await signIn(ana)).user?.id).toBe(ana.id)
    })

    it('is one of those that are asked for at once, and no session of the old one stays', async () => {
      const ana = await program.signUp()
      const wanted = ['first password', 'second password']
      const asked = await Promise.allSettled([
        ...wanted.map((newPassword) => changePassword(ana, { newPassword, token: '' })),
        ...Array.from({ length: 6 }, () => signIn(ana)),
      ])

      const tokens = asked.flatMap((each) =>
        each.status === 'fulfilled' && 'token' in each.value ? [each.value.token] : [],
      )
      for (const token of tokens) await expect(verify(token)).rejects.toMatchObject(invalid)
      const opens = await Promise.allSettled(wanted.map((password) => signIn(ana, password)))
      expect(opens.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      const changes = asked.slice(0, 2).filter(({ status }) => status === 'fulfilled')
      expect(changes).toHaveLength(1)
    })
  })

  describe('sessions', () => {
    it('end everywhere at once, and nobody else’s', async () => {
      const [ana, bo] = [await program.signUp(), await program.signUp()]
      const other = await signIn(ana)

      await users().call((client) => client.deleteSessions, {}, { userId: ana.id })

      for (const token of [ana.token, other.token]) await expect(verify(token)).rejects.toMatchObject(invalid)
      expect(await verify(bo.token)).toMatchObject({ userId: bo.id })
    })

    it('are renewed: the same one, with a later end, by the old token and the new', async () => {
      const ana = await program.signUp()
      const before = await verify(ana.token)
      const renew = (token: string, userId = ana.id) =>
        users().call((client) => client.renewSession, { token }, { userId })
      await ports.database.write((transaction) =>
        transaction
          .updateTable('sessions')
          .set({ expires_at: new Date(Date.now() + 60_000) })
          .where('id', '=', before.sessionId)
          .execute(),
      )

      const { token, expiresAt } = await renew(ana.token)

      expect(await verify(token)).toMatchObject({ sessionId: before.sessionId, expiresAt })
      expect(Date.parse(expiresAt ?? '')).toBeGreaterThanOrEqual(Date.parse(before.expiresAt ?? ''))
      expect(await verify(ana.token)).toMatchObject({ sessionId: before.sessionId })
      await users().call((client) => client.deleteSession, { token }, { userId: ana.id })
      await expect(renew(token)).rejects.toMatchObject(invalid)
      await expect(renew(token, (await program.signUp()).id)).rejects.toMatchObject({
        reason: 'TOKEN_OF_ANOTHER_USER',
      })
    })

    it('are a thousand of one user at most: the oldest ends', async () => {
      const ana = await program.signUp()
      const { sessionId } = await verify(ana.token)
      await ports.database.write((transaction) =>
        transaction
          .insertInto('sessions')
          .values(
            Array.from({ length: 999 }, (_, index) => ({
              id: `${sessionId}-${index}`,
              user_id: ana.id,
              expires_at: new Date(Date.now() + 60_000),
            })),
          )
          .execute(),
      )
      expect(await verify(ana.token)).toMatchObject({ sessionId })

      const newest = await signIn(ana)

      await expect(verify(ana.token)).rejects.toMatchObject(invalid)
      expect(await verify(newest.token)).toMatchObject({ userId: ana.id })
    })
  })

  describe('blocks', () => {
    it('are set once, listed in pages, and lifted', async () => {
      const ana = await program.signUp()
      const others = [await program.signUp(), await program.signUp(), await program.signUp()]
        .map(({ id }) => id)
        .sort()
      for (const id of [...others, ...others]) await block(ana, id)

      const first = await listBlocks(ana, { pageSize: 2 })
      const rest = await listBlocks(ana, { pageSize: 2, pageToken: first.nextPageToken })

      expect([...first.users, ...rest.users].map(({ id }) => id)).toEqual(others)
      expect(rest.nextPageToken).toBe('')
      await unblock(ana, others[1] ?? '')
      await unblock(ana, others[1] ?? '')
      expect((await listBlocks(ana)).users.map(({ id }) => id)).toEqual([others[0], others[2]])
    })

    it('keep both from writing in their direct and from opening one, and nobody from a group that is there', async () => {
      const [ana, bo, cy] = [await program.signUp(), await program.signUp(), await program.signUp()]
      const { directs, messages } = program.clients
      const open = async (by: SignedIn, userId: string) =>
        (await directs.call((client) => client.openDirect, { userId }, { userId: by.id })).direct?.channel
          ?.id ?? ''
      const group = async (by: SignedIn, others: SignedIn[]) => {
        const asked = { userIds: others.map(({ id }) => id), requestId: '' }
        const { direct } = await directs.call((client) => client.createGroupDirect, asked, { userId: by.id })
        return direct?.channel?.id ?? ''
      }
      const send = (by: SignedIn, channelId: string) =>
        messages.call(
          (client) => client.sendMessage,
          { ...SendMessageRequest.fromJSON({}), channelId, content: 'hello' },
          { userId: by.id },
        )
      const refused = { code: 'permission_denied', reason: 'BLOCKED' }
      const [between, among] = [await open(ana, bo.id), await group(ana, [bo, cy])]
      await send(bo, between)

      await block(ana, bo.id)

      for (const by of [ana, bo]) await expect(send(by, between)).rejects.toMatchObject(refused)
      expect(await open(bo, ana.id)).toBe(between)
      await send(bo, among)
      await block(cy, ana.id)
      for (const [by, other] of [
        [cy, ana],
        [ana, cy],
      ] as const) {
        await expect(open(by, other.id)).rejects.toMatchObject(refused)
        await expect(group(by, [bo, other])).rejects.toMatchObject(refused)
      }
      await unblock(ana, bo.id)
      await send(bo, between)
    })

    it('are refused of oneself and of nobody', async () => {
      const ana = await program.signUp()

      await expect(block(ana, ana.id)).rejects.toMatchObject({
        code: 'invalid_argument',
        details: { user_id: expect.any(String) },
      })
      await expect(block(ana, 'nobody')).rejects.toMatchObject({ reason: 'USER_NOT_FOUND' })
      await expect(block({ ...ana, id: 'nobody' }, ana.id)).rejects.toMatchObject({
        reason: 'ACTING_USER_NOT_FOUND',
      })
    })

    it('are a thousand of one user at most, also when two come at once', async () => {
      const [ana, bo, cy] = [await program.signUp(), await program.signUp(), await program.signUp()]
      const made = Array.from({ length: 999 }, (_, index) => `${ana.id}-${index}`)
      await ports.database.write(async (transaction) => {
        await transaction
          .insertInto('users')
          .values(made.map((id) => ({ id, username: id, password_hash: '-' })))
          .execute()
        await transaction
          .insertInto('blocks')
          .values(made.map((id) => ({ user_id: ana.id, blocked_id: id })))
          .execute()
      })

      const asked = await Promise.allSettled([block(ana, bo.id), block(ana, cy.id)])

      expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(asked.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'resource_exhausted', reason: 'TOO_MANY_BLOCKS' },
      })
      await block(ana, made[0] ?? '')
    })
  })
})
