import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insertRevocations } from '../../core/revocations/revocation-queries.js'
import { RevocationLog } from '../../core/revocations/revocation-log.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, type SignedIn } from './core-program.js'

describe.each(profiles)('core: members and lost rights (%s)', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  let ana: SignedIn
  let bo: SignedIn
  let cem: SignedIn
  let stranger: SignedIn
  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports)
    ana = await program.signUp()
    bo = await program.signUp()
    cem = await program.signUp()
    stranger = await program.signUp()
  })
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  })

  const servers = () => program.clients.servers
  const listMembers = (by: SignedIn, serverId: string, pageSize = 0, pageToken = '') =>
    servers().call((client) => client.listMembers, { serverId, pageSize, pageToken }, { userId: by.id })
  const addMember = (by: SignedIn, serverId: string, userId: string) =>
    servers().call((client) => client.addMember, { serverId, userId }, { userId: by.id })
  const removeMember = (by: SignedIn, serverId: string, userId: string) =>
    servers().call((client) => client.removeMember, { serverId, userId }, { userId: by.id })
  const authorizeJoin = (by: SignedIn, channelId: string) => program.authorizeJoin(by.id, channelId)
  const listRevocations = (after?: number) =>
    program.clients.core.call((client) => client.listRevocations, { after })
  const updateModeration = (by: SignedIn, serverId: string, blockedWords: string[]) =>
    servers().call((client) => client.updateModeration, { serverId, blockedWords }, { userId: by.id })

  it('lists members in pages, in the order of their ids', async () => {
    const server = await program.createServer(ana, [bo, cem])
    const ids = [ana.id, bo.id, cem.id].sort()

    const first = await listMembers(bo, server.id, 2)
    const second = await listMembers(bo, server.id, 2, first.nextPageToken)

    expect([...first.members, ...second.members].map(({ userId }) => userId)).toEqual(ids)
    expect(second.nextPageToken).toBe('')
    expect(first.members[0]?.joinedAt).toMatch(/Z$/)
    await expect(listMembers(stranger, server.id)).rejects.toMatchObject({ code: 'not_found' })
    for (const [size, token] of [[-1], [1_001], [1, '?']] as const)
      await expect(listMembers(bo, server.id, size, token)).rejects.toMatchObject({
        code: 'invalid_argument',
      })
  })

  it('adds a member once, for the owner only', async () => {
    const server = await program.createServer(ana, [bo])

    const { member } = await addMember(ana, server.id, cem.id)
    expect(await addMember(ana, server.id, cem.id)).toEqual({ member })

    expect(member).toMatchObject({ userId: cem.id, joinedAt: expect.stringMatching(/Z$/) })
    await expect(authorizeJoin(cem, server.announcementChannelId)).resolves.toBeDefined()
    await expect(addMember(bo, server.id, stranger.id)).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(addMember(stranger, server.id, stranger.id)).rejects.toMatchObject({ code: 'not_found' })
    await expect(addMember(ana, server.id, 'nobody')).rejects.toMatchObject({ code: 'not_found' })
    for (const userId of ['', 'a\0b'])
      await expect(addMember(ana, server.id, userId)).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  it('removes a member, and tells the log of lost rights once, behind the position of their join', async () => {
    const server = await program.createServer(ana, [bo])
    const { position } = await authorizeJoin(bo, server.announcementChannelId)

    await removeMember(ana, server.id, bo.id)
    await removeMember(ana, server.id, bo.id)

    await expect(authorizeJoin(bo, server.announcementChannelId)).rejects.toMatchObject({ code: 'not_found' })
    const { revocations, position: next } = await listRevocations(position)
    expect(revocations).toEqual([
      {
        position: expect.any(Number),
        lost: { $case: 'memberRemoved', value: { serverId: server.id, userId: bo.id } },
      },
    ])
    expect(next).toBe(revocations[0]?.position)
    expect(next).toBeGreaterThan(position)
  })

  it('lets a member leave, but nobody send another away but the owner, and not the owner', async () => {
    const server = await program.createServer(ana, [bo, cem])

    await expect(removeMember(bo, server.id, cem.id)).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(removeMember(bo, server.id, ana.id)).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(removeMember(ana, server.id, ana.id)).rejects.toMatchObject({ code: 'failed_precondition' })
    await expect(removeMember(stranger, server.id, bo.id)).rejects.toMatchObject({ code: 'not_found' })
    await removeMember(ana, server.id, 'nobody')
    await removeMember(bo, server.id, bo.id)

    const { members } = await listMembers(ana, server.id)
    expect(members.map(({ userId }) => userId)).toEqual([ana.id, cem.id].sort())
  })

  it('shows the log of lost rights in its order to one who follows it, leaving none out', async () => {
    const { position: start } = await listRevocations()
    const members = await Promise.all(Array.from({ length: 20 }, () => program.signUp()))
    const server = await program.createServer(ana, members)
    const seen: string[] = []
    let position = start
    const read = async () => {
      const page = await listRevocations(position)
      position = page.position
      for (const { lost } of page.revocations) {
        seen.push(lost?.$case === 'memberRemoved' ? lost.value.userId : (lost?.$case ?? 'nothing'))
      }
    }

    let isOver = false
    const signOut = ({ token, id }: SignedIn) =>
      program.clients.users.call((client) => client.deleteSession, { token }, { userId: id })
    const losing = Promise.all(
      members.flatMap((member) => [removeMember(ana, server.id, member.id), signOut(member)]),
    ).finally(() => (isOver = true))
    while (!isOver) await read()
    await losing
    await read()

    const signOuts = members.map(() => 'signedOut')
    expect(seen.sort()).toEqual([...members.map(({ id }) => id), ...signOuts].sort())
    expect(await listRevocations()).toEqual({ revocations: [], position, hasMore: false })
    expect(await listRevocations(position)).toEqual({ revocations: [], position, hasMore: false })
  })

  it('holds an entry of the log back until those before it are there', async () => {
    const server = await program.createServer(ana, [bo])
    const order: string[] = []
    let removing: Promise<unknown> = Promise.resolve()

    await ports.database.write(async (transaction) => {
      await insertRevocations(transaction, [{ $case: 'signedOut', value: { sessionId: 'of a slow one' } }])
      removing = removeMember(ana, server.id, bo.id).then(() => order.push('removed'))
      // Long enough for it to overtake, were it not held back.
      await Promise.race([removing, delay(500)])
      order.push('written')
    })
    await removing

    expect(order).toEqual(['written', 'removed'])
  })

  it('reads the log page by page while there is more, and refuses a position that nobody can have', async () => {
    const { position } = await listRevocations()
    const many = Array.from({ length: 1_001 }, (_, nth) => ({
      $case: 'signedOut' as const,
      value: { sessionId: `session-${nth}` },
    }))
    await ports.database.write((transaction) => insertRevocations(transaction, many))

    const first = await listRevocations(position)
    const second = await listRevocations(first.position)

    expect([first.revocations.length, first.hasMore]).toEqual([1_000, true])
    expect([second.revocations.length, second.hasMore]).toEqual([1, false])
    for (const after of [-1, Number.MIN_SAFE_INTEGER])
      await expect(listRevocations(after)).rejects.toMatchObject({ code: 'invalid_argument' })
    expect((await listRevocations(Number.MAX_SAFE_INTEGER)).revocations).toEqual([])
  })

  it('forgets entries after a day but for the newest, and says so to a reader who is that far behind', async () => {
    const losses = ['a', 'b', 'c'].map((sessionId) => ({ $case: 'signedOut' as const, value: { sessionId } }))
    await ports.database.write((transaction) => insertRevocations(transaction, losses))
    const { position } = await listRevocations()
    const log = new RevocationLog(ports.database)
    const never = new AbortController().signal
    await log.forget(never)
    expect((await listRevocations(position - 1)).revocations).toHaveLength(1)

    await ports.database.read((handle) =>
      handle
        .updateTable('revocations')
        .set({ created_at: new Date(0) })
        .execute(),
    )
    await log.forget(never)

    expect((await listRevocations()).position).toBe(position)
    expect((await listRevocations(position - 1)).revocations).toHaveLength(1)
    await expect(listRevocations(position - 2)).rejects.toMatchObject({
      code: 'failed_precondition',
      reason: 'REVOCATIONS_TRIMMED',
    })
    const rows = await ports.database.read((handle) => handle.selectFrom('revocations').selectAll().execute())
    expect(rows).toHaveLength(1)
  })

  it('keeps the blocked words of a server, for its owner only', async () => {
    const server = await program.createServer(ana, [bo])

    expect(await updateModeration(ana, server.id, ['Spam', 'SPAM', 'eggs'])).toEqual({
      blockedWords: ['spam', 'eggs'],
    })
    expect(await updateModeration(ana, server.id, [])).toEqual({ blockedWords: [] })

    await expect(updateModeration(bo, server.id, [])).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(updateModeration(stranger, server.id, [])).rejects.toMatchObject({ code: 'not_found' })
    for (const words of [['two words'], [''], ['x'.repeat(65)], Array.from({ length: 1_001 }, () => 'a')])
      await expect(updateModeration(ana, server.id, words)).rejects.toMatchObject({
        code: 'invalid_argument',
      })
  })
})
