import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import { Deletions } from '../../core/deletions/deletions.js'
import { ListServersResponse } from '../../gen/recado/v1/servers_service.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, type SignedIn } from './core-program.js'
import { storeMessages } from './stored-messages.js'

describe.each(profiles)('core: servers and channels (%s)', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  let ana: SignedIn
  let bo: SignedIn
  let stranger: SignedIn
  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports)
    ana = await program.signUp()
    bo = await program.signUp()
    stranger = await program.signUp()
  })
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  })

  const servers = () => program.clients.servers
  const createServer = (by: SignedIn, name: string, memberIds: string[] = []) =>
    servers().call((client) => client.createServer, { name, memberIds, requestId: '' }, { userId: by.id })
  const getServer = (by: SignedIn, serverId: string) =>
    servers().call((client) => client.getServer, { serverId }, { userId: by.id })
  const listServers = (by: SignedIn, pageSize = 0, pageToken = '') =>
    servers().call((client) => client.listServers, { pageSize, pageToken }, { userId: by.id })
  const updateServer = (by: SignedIn, serverId: string, name: string | undefined) =>
    servers().call((client) => client.updateServer, { serverId, name }, { userId: by.id })
  const deleteServer = (by: SignedIn, serverId: string) =>
    servers().call((client) => client.deleteServer, { serverId }, { userId: by.id })
  const createChannel = (by: SignedIn, serverId: string, name: string) =>
    servers().call((client) => client.createChannel, { serverId, name, requestId: '' }, { userId: by.id })
  const updateChannel = (by: SignedIn, channelId: string, name: string) =>
    servers().call((client) => client.updateChannel, { channelId, name }, { userId: by.id })
  const deleteChannel = (by: SignedIn, channelId: string) =>
    servers().call((client) => client.deleteChannel, { channelId }, { userId: by.id })
  const authorizeJoin = (by: SignedIn, channelId: string) => program.authorizeJoin(by.id, channelId)
  const listRevocations = (after?: number) =>
    program.clients.core.call((client) => client.listRevocations, { after })

  it('makes a server with its announcement channel, ready to be joined by its members', async () => {
    const { server } = await createServer(ana, 'Café 🎈', [bo.id, bo.id, ana.id])

    expect(server).toMatchObject({
      id: expect.stringMatching(/./),
      name: 'Café 🎈',
      ownerId: ana.id,
      announcementChannelId: server?.channels[0]?.id,
      channels: [
        {
          id: expect.stringMatching(/./),
          serverId: server?.id,
          name: 'general',
          createdAt: expect.stringMatching(/Z$/),
        },
      ],
      createdAt: expect.stringMatching(/Z$/),
    })
    for (const member of [ana, bo]) {
      expect(await authorizeJoin(member, server?.announcementChannelId ?? '')).toEqual({
        serverId: server?.id,
        head: { epoch: expect.stringMatching(/./), seq: 0 },
        position: expect.any(Number),
      })
    }
  })

  it('makes nothing where a name is wrong or a member unknown, and says which', async () => {
    const before = await listServers(ana)

    for (const name of ['', ' ', 'x'.repeat(101), 'a\nb']) {
      await expect(createServer(ana, name)).rejects.toMatchObject({
        code: 'invalid_argument',
        details: { name: expect.any(String) },
      })
    }
    await expect(createServer(ana, 'A', [bo.id, 'nobody', 'no one'])).rejects.toMatchObject({
      code: 'not_found',
      details: { 'member_ids[1]': expect.stringContaining('nobody'), 'member_ids[2]': expect.any(String) },
    })
    await expect(
      createServer(
        ana,
        'A',
        Array.from({ length: 1_001 }, () => bo.id),
      ),
    ).rejects.toMatchObject({
      code: 'invalid_argument',
    })
    await expect(createServer({ ...ana, id: 'nobody' }, 'A')).rejects.toMatchObject({
      code: 'unauthenticated',
    })

    expect(await listServers(ana)).toEqual(before)
  })

  it('shows a server to its members only', async () => {
    const server = await program.createServer(ana, [bo])

    expect((await getServer(bo, server.id)).server).toEqual(server)
    await expect(getServer(stranger, server.id)).rejects.toMatchObject({ code: 'not_found' })
    await expect(getServer(ana, 'nothing')).rejects.toMatchObject({ code: 'not_found' })
    for (const serverId of ['', 'a\0b'])
      await expect(getServer(ana, serverId)).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  it('lists the servers of a user in pages, oldest first', async () => {
    const owner = await program.signUp()
    const made = []
    for (let count = 0; count < 3; count++) made.push(await program.createServer(owner))

    const first = await listServers(owner, 2)
    const second = await listServers(owner, 2, first.nextPageToken)

    expect(first.servers).toEqual(made.slice(0, 2))
    expect(second).toEqual({ servers: made.slice(2), nextPageToken: '' })
    expect(await listServers(owner)).toEqual({ servers: made, nextPageToken: '' })
    expect(await listServers(stranger)).toEqual({ servers: [], nextPageToken: '' })
    for (const [size, token] of [[-1], [101], [1, 'not a token']] as const)
      await expect(listServers(owner, size, token)).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  it('makes one server and one channel for one request id', async () => {
    const create = (requestId: string, name = 'Once') =>
      servers().call((client) => client.createServer, { name, memberIds: [], requestId }, { userId: ana.id })
    const [first, again] = await Promise.all([create('r-1'), create('r-1')])
    const serverId = first.server?.id ?? ''
    expect(again).toEqual(first)
    expect((await create('r-2')).server?.id).not.toBe(serverId)
    await expect(create('r-1', 'Twice')).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' })
    const other = await servers().call(
      (client) => client.createServer,
      { name: 'Once', memberIds: [], requestId: 'r-1' },
      { userId: bo.id },
    )
    expect(other.server?.id).not.toBe(serverId)

    const createOne = () =>
      servers().call(
        (client) => client.createChannel,
        { serverId, name: 'one', requestId: 'r-3' },
        { userId: ana.id },
      )
    const [channel, same] = await Promise.all([createOne(), createOne()])
    expect(same).toEqual(channel)
    expect((await getServer(ana, serverId)).server?.channels).toHaveLength(2)
  })

  it('cuts a page of big servers at 1 MiB', async () => {
    const owner = await program.signUp()
    const made = []
    for (let count = 0; count < 6; count++) made.push(await program.createServer(owner))
    for (const server of made) {
      const rows = Array.from({ length: 499 }, (_, index) => ({
        id: `${server.id}-${index}`.slice(-36),
        server_id: server.id,
        name: '🎈'.repeat(100),
        epoch: 'e',
      }))
      await ports.database.write((transaction) => transaction.insertInto('channels').values(rows).execute())
    }

    const ids: string[] = []
    for (let token: string | undefined; token !== '';) {
      const page = await listServers(owner, 0, token)
      expect(ListServersResponse.encode(page).finish().length).toBeLessThan(1024 * 1024)
      for (const { id, channels } of page.servers) {
        ids.push(id)
        expect(channels).toHaveLength(500)
      }
      token = page.nextPageToken
    }
    expect(ids).toEqual(made.map(({ id }) => id))
  })

  it('takes a page token for its own list alone', async () => {
    const [owner, other] = [await program.signUp(), await program.signUp()]
    for (const each of [owner, owner, other, other]) await program.createServer(each)
    const { nextPageToken } = await listServers(owner, 1)
    await expect(listServers(other, 1, nextPageToken)).rejects.toMatchObject({ reason: 'PAGE_TOKEN_INVALID' })
  })

  it('makes the events of deleted channels leave the log, in small batches, and again after an hour', async () => {
    const server = await program.createServer(ana)
    const { channel } = await createChannel(ana, server.id, 'second')
    const [kept, gone, last] = [
      server.announcementChannelId,
      channel?.id ?? '',
      await program.createServer(ana),
    ]
    for (const [channelId, count] of [
      [kept, 3],
      [gone, 1_100],
      [last.announcementChannelId, 3],
    ] as const)
      await storeMessages(ports, { channelId, senderId: ana.id, count })
    await deleteChannel(ana, gone)
    await deleteServer(ana, last.id)
    const deletions = new Deletions(ports)
    const lengthOf = async (channelId: string) => (await ports.history.latest(channelId, 1))[0]?.seq ?? 0
    const ageBy = (age: string) =>
      ports.database.read((handle) =>
        sql
          .raw(
            `update deletions set due_at = due_at - interval '${age}', deleted_at = deleted_at - interval '${age}'`,
          )
          .execute(handle),
      )

    await deletions.run(new AbortController().signal)
    expect(await lengthOf(gone)).toBe(1_100)
    await ageBy('2 minutes')
    await deletions.run(AbortSignal.abort())
    expect(await lengthOf(gone)).toBe(1_100)
    await deletions.run(new AbortController().signal)
    expect(await Promise.all([kept, gone, last.announcementChannelId].map(lengthOf))).toEqual([3, 0, 0])

    await storeMessages(ports, { channelId: gone, senderId: ana.id, count: 2 })
    await ageBy('1 hour')
    await deletions.run(new AbortController().signal)
    expect(await lengthOf(gone)).toBe(0)
    expect(
      await ports.database.read((handle) => handle.selectFrom('deletions').selectAll().execute()),
    ).toEqual([])
  })

  it('lets only the owner rename a server', async () => {
    const server = await program.createServer(ana, [bo])

    expect((await updateServer(ana, server.id, 'Another')).server).toEqual({ ...server, name: 'Another' })
    await expect(updateServer(bo, server.id, 'Mine')).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(updateServer(stranger, server.id, 'Mine')).rejects.toMatchObject({ code: 'not_found' })
    for (const name of ['', undefined])
      await expect(updateServer(ana, server.id, name)).rejects.toMatchObject({ code: 'invalid_argument' })
    expect((await getServer(bo, server.id)).server?.name).toBe('Another')
  })

  it('deletes a server with its channels, for its owner only, and tells the log of lost rights', async () => {
    const server = await program.createServer(ana, [bo])
    const { channel } = await createChannel(ana, server.id, 'second')
    await expect(deleteServer(bo, server.id)).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(deleteServer(stranger, server.id)).rejects.toMatchObject({ code: 'not_found' })
    const { position } = await listRevocations()

    await deleteServer(ana, server.id)

    await expect(getServer(ana, server.id)).rejects.toMatchObject({ code: 'not_found' })
    await expect(authorizeJoin(bo, channel?.id ?? '')).rejects.toMatchObject({ code: 'not_found' })
    await expect(deleteServer(ana, server.id)).rejects.toMatchObject({ code: 'not_found' })
    const { revocations } = await listRevocations(position)
    expect(revocations.map(({ lost }) => lost)).toEqual([
      { $case: 'serverDeleted', value: { serverId: server.id } },
    ])
  })

  it('makes and renames channels, for the owner only', async () => {
    const server = await program.createServer(ana, [bo])

    const { channel } = await createChannel(ana, server.id, 'Olá')
    const renamed = await updateChannel(ana, channel?.id ?? '', 'Tchau')

    expect(renamed.channel).toEqual({ ...channel, name: 'Tchau' })
    expect((await getServer(bo, server.id)).server?.channels).toEqual([server.channels[0], renamed.channel])
    await expect(createChannel(bo, server.id, 'Mine')).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(createChannel(stranger, server.id, 'Mine')).rejects.toMatchObject({ code: 'not_found' })
    await expect(createChannel(ana, server.id, '')).rejects.toMatchObject({ code: 'invalid_argument' })
    const id = channel?.id ?? ''
    await expect(updateChannel(bo, id, 'Mine')).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(updateChannel(stranger, id, 'Mine')).rejects.toMatchObject({ code: 'not_found' })
    await expect(updateChannel(ana, id, '\u0007')).rejects.toMatchObject({ code: 'invalid_argument' })
    await expect(updateChannel(ana, 'a\0b', 'A')).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  it('makes no more than 500 channels, also for those who ask at once', async () => {
    const server = await program.createServer(ana)
    const rows = Array.from({ length: 497 }, (_, index) => ({
      id: `${server.id}-${index}`,
      server_id: server.id,
      name: 'c',
      epoch: 'e',
    }))
    await ports.database.write((transaction) => transaction.insertInto('channels').values(rows).execute())

    const asked = await Promise.allSettled(
      Array.from({ length: 4 }, () => createChannel(ana, server.id, 'one more')),
    )

    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    await expect(createChannel(ana, server.id, 'one more')).rejects.toMatchObject({
      code: 'resource_exhausted',
    })
    expect((await listServers(ana)).servers.at(-1)?.channels).toHaveLength(500)
  })

  it('deletes a channel, but not the announcement channel, and tells the log of lost rights', async () => {
    const server = await program.createServer(ana, [bo])
    const { channel } = await createChannel(ana, server.id, 'second')
    const id = channel?.id ?? ''
    await expect(deleteChannel(bo, id)).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(deleteChannel(stranger, id)).rejects.toMatchObject({ code: 'not_found' })
    await expect(deleteChannel(ana, server.announcementChannelId)).rejects.toMatchObject({
      code: 'failed_precondition',
    })
    const { position } = await authorizeJoin(bo, id)

    await deleteChannel(ana, id)

    await expect(deleteChannel(ana, id)).rejects.toMatchObject({ code: 'not_found' })
    await expect(authorizeJoin(bo, id)).rejects.toMatchObject({ code: 'not_found' })
    expect((await listRevocations(position)).revocations).toEqual([
      { position: expect.any(Number), lost: { $case: 'channelDeleted', value: { channelId: id } } },
    ])
  })

  it('lets members join, with the head as it is, and nobody else', async () => {
    const server = await program.createServer(ana, [bo])
    const channelId = server.announcementChannelId
    await ports.heads.raise([{ channelId, seq: 7, count: 6 }], [])

    expect((await authorizeJoin(bo, channelId)).head?.seq).toBe(7)
    await expect(authorizeJoin(stranger, channelId)).rejects.toMatchObject({ code: 'not_found' })
    for (const asked of ['nothing', '', 'a\0b'])
      await expect(authorizeJoin(bo, asked)).rejects.toMatchObject({ code: 'not_found' })
  })
})
