import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../contract/ids.js'
import type { Direct } from '../../gen/recado/v1/directs_service.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, type SignedIn } from './core-program.js'

describe.each(profiles)('directs: %s', (profile) => {
  let ports: CorePorts
  let programs: CoreProgram[]
  let [ana, bo, cem, dee]: SignedIn[] = []

  beforeAll(async () => {
    ports = await openCorePorts(profile)
    programs = [await CoreProgram.start(ports), await CoreProgram.start(ports)]
    ;[ana, bo, cem, dee] = await Promise.all([1, 2, 3, 4].map(() => programs[0]!.signUp()))
  }, 60_000)
  afterAll(async () => {
    for (const program of programs ?? []) await program[Symbol.asyncDispose]()
    await ports?.close()
  }, 30_000)

  const directs = (nth = 0) => programs[nth % 2]!.clients.directs
  const open = async (by: SignedIn, userId: string, nth = 0): Promise<Direct> => {
    const { direct } = await directs(nth).call((client) => client.openDirect, { userId }, { userId: by.id })
    return direct!
  }
  const group = async (by: SignedIn, userIds: string[], requestId = ''): Promise<Direct> => {
    const { direct } = await directs().call(
      (client) => client.createGroupDirect,
      { userIds, requestId },
      { userId: by.id },
    )
    return direct!
  }
  const list = (by: SignedIn, pageSize = 0, pageToken = '') =>
    directs().call((client) => client.listDirects, { pageSize, pageToken }, { userId: by.id })
  const channelIds = (found: readonly Direct[]) => found.map(({ channel }) => channel?.id)

  it('are opened once, also when both ask at the same time of two cores', async () => {
    const opened = await Promise.all(
      Array.from({ length: 12 }, (_, nth) => (nth % 3 ? open(ana!, bo!.id, nth) : open(bo!, ana!.id, nth))),
    )

    expect(new Set(channelIds(opened)).size).toBe(1)
    expect(opened[1]).toMatchObject({
      channel: { serverId: '', name: '', userIds: [ana!.id, bo!.id].sort() },
      users: [{ id: bo!.id, username: bo!.username }],
    })
    expect(opened[0]?.users).toMatchObject([{ id: ana!.id }])
  })

  it('may be read live by those who are in them, and by nobody else', async () => {
    const { channel } = await open(ana!, bo!.id)

    await expect(programs[0]!.authorizeJoin(bo!.id, channel!.id)).resolves.toMatchObject({
      serverId: '',
      head: { seq: 0 },
    })
    await expect(programs[0]!.authorizeJoin(cem!.id, channel!.id)).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('are refused with oneself and with nobody', async () => {
    await expect(open(ana!, ana!.id)).rejects.toMatchObject({
      code: 'invalid_argument',
      reason: 'USER_IS_SELF',
    })
    await expect(open(ana!, newId())).rejects.toMatchObject({ code: 'not_found', reason: 'USER_NOT_FOUND' })
    await expect(
      directs().call((client) => client.openDirect, { userId: ana!.id }, { userId: newId() }),
    ).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('make a new group each time, but for a repeat of the request', async () => {
    const first = await group(ana!, [bo!.id, cem!.id], 'one')
    const repeat = await group(ana!, [bo!.id, cem!.id], 'one')
    const second = await group(ana!, [bo!.id, cem!.id], 'two')

    expect(repeat).toEqual(first)
    expect(second.channel?.id).not.toBe(first.channel?.id)
    expect(first.users.map(({ id }) => id)).toEqual([bo!.id, cem!.id].sort())
    for (const userIds of [[bo!.id], [bo!.id, bo!.id], [bo!.id, ana!.id]])
      await expect(group(ana!, userIds)).rejects.toMatchObject({ code: 'invalid_argument' })
    await expect(group(ana!, [bo!.id, newId()])).rejects.toMatchObject({ code: 'not_found' })
  })

  it('are listed with the latest message first, in pages', async () => {
    const made = [await group(dee!, [bo!.id, cem!.id]), await open(dee!, ana!.id), await open(dee!, bo!.id)]
    const [oldest, , newest] = channelIds(made)
    await ports.heads.raise(
      [
        {
          channelId: oldest!,
          seq: 1,
          count: 1,
          lastMessage: { id: 'm', at: new Date(Date.now() + 60_000).toISOString() },
        },
      ],
      [],
    )

    const first = await list(dee!, 2)
    const rest = await list(dee!, 2, first.nextPageToken)

    expect(channelIds(first.directs)).toEqual([oldest, newest])
    expect(channelIds(rest.directs)).toEqual([made[1]!.channel!.id])
    expect(rest.nextPageToken).toBe('')
    await expect(list(ana!, 2, first.nextPageToken)).rejects.toMatchObject({ reason: 'PAGE_TOKEN_INVALID' })
  })
})
