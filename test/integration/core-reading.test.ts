import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NotificationLevel, type ChannelState } from '../../gen/recado/v1/reading_service.js'
import type { ChannelHead } from '../../ports/heads/heads.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, type SignedIn } from './core-program.js'
import { storeMessages } from './stored-messages.js'

describe.each(profiles)('reading: %s', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  let ana: SignedIn
  let bo: SignedIn

  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports)
    ana = await program.signUp()
    bo = await program.signUp()
  }, 60_000)
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  }, 30_000)

  const reading = () => program.clients.reading
  const mark = async (by: SignedIn, channelId: string, seq: number) => {
    const asked = { channelId, seq }
    return (await reading().call((client) => client.markRead, asked, { userId: by.id })).readSeq
  }
  const unread = (by: SignedIn, pageSize = 0, pageToken = '') =>
    reading().call((client) => client.listUnread, { pageSize, pageToken }, { userId: by.id })
  const stateOf = async (by: SignedIn, channelId: string): Promise<ChannelState | undefined> =>
    (await unread(by)).channels.find((channel) => channel.channelId === channelId)
  const happenings = (after?: number) =>
    program.clients.core.call((client) => client.listHappenings, { after })
  const head = async (channelId: string): Promise<ChannelHead> =>
    (await ports.heads.read([channelId])).get(channelId) as ChannelHead

  /** A channel with messages 1 to `count`, all written by Ana. */
  const written = async (count: number): Promise<string> => {
    const { announcementChannelId: channelId } = await program.createServer(ana, [bo])
    await storeMessages(ports, { channelId, senderId: ana.id, count })
    return channelId
  }

  it('raises what was read, counts messages behind it, and never goes back nor past the head', async () => {
    const channelId = await written(10)

    expect(await stateOf(bo, channelId)).toMatchObject({ readSeq: 0, unread: 10, head: { seq: 10 } })
    expect(await mark(bo, channelId, 4)).toBe(4)
    expect(await stateOf(bo, channelId)).toMatchObject({ readSeq: 4, unread: 6 })
    expect(await mark(bo, channelId, 2)).toBe(4)
    expect(await mark(bo, channelId, 9_999)).toBe(10)
    expect(await stateOf(bo, channelId)).toMatchObject({ readSeq: 10, unread: 0 })
    await expect(mark(await program.signUp(), channelId, 1)).rejects.toMatchObject({ reason: 'NOT_A_MEMBER' })
  })

  it('has whoever writes read what they wrote', async () => {
    const channelId = await written(3)

    expect(await stateOf(ana, channelId)).toMatchObject({ readSeq: 3, unread: 0 })
    const { epoch } = await head(channelId)
    await ports.heads.raise(
      [{ channelId, seq: 5, count: 5, senders: [{ userId: bo.id, seq: 4, count: 4 }] }],
      [],
    )

    expect(epoch).toMatch(/./)
    expect(await stateOf(ana, channelId)).toMatchObject({ readSeq: 3, unread: 2 })
    expect(await stateOf(bo, channelId)).toMatchObject({ readSeq: 4, unread: 1 })
  })

  it('keeps the furthest of what many devices say at once, and tells each step once', async () => {
    const channelId = await written(40)
    const { position } = await happenings()

    await Promise.all(Array.from({ length: 40 }, (_, nth) => mark(bo, channelId, ((nth * 7) % 40) + 1)))

    expect(await stateOf(bo, channelId)).toMatchObject({ readSeq: 40, unread: 0 })
    const told = (await happenings(position)).happenings.map(({ topic, what }) => [topic, what?.value])
    const seqs = told.map(([, value]) => (value as { seq: number }).seq)
    expect(told.at(-1)).toEqual([`user:${bo.id}`, { channelId, seq: 40 }])
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
  })

  it('lists the channels of servers and directs, in pages', async () => {
    const reader = await program.signUp()
    const server = await program.createServer(reader, [])
    await program.clients.directs.call(
      (client) => client.openDirect,
      { userId: ana.id },
      { userId: reader.id },
    )

    const first = await unread(reader, 1)
    const rest = await unread(reader, 1, first.nextPageToken)

    const states = [...first.channels, ...rest.channels]
    expect(states).toHaveLength(2)
    expect(rest.nextPageToken).toBe('')
    expect(states).toContainEqual({
      channelId: server.announcementChannelId,
      serverId: server.id,
      head: { epoch: expect.any(String), seq: 0 },
      readSeq: 0,
      unread: 0,
      mentions: 0,
      level: NotificationLevel.NOTIFICATION_LEVEL_MENTIONS,
    })
    expect(states).toContainEqual(
      expect.objectContaining({ serverId: '', level: NotificationLevel.NOTIFICATION_LEVEL_ALL }),
    )
  })

  it('takes levels of a channel before those of its server', async () => {
    const { id: serverId, announcementChannelId: channelId } = await program.createServer(ana, [bo])
    const setServer = (level: NotificationLevel) =>
      reading().call((client) => client.setServerLevel, { serverId, level }, { userId: bo.id })
    const setChannel = (level: NotificationLevel) =>
      reading().call((client) => client.setChannelLevel, { channelId, level }, { userId: bo.id })
    const level = async () => (await stateOf(bo, channelId))?.level

    await setServer(NotificationLevel.NOTIFICATION_LEVEL_NONE)
    expect(await level()).toBe(NotificationLevel.NOTIFICATION_LEVEL_NONE)
    await setChannel(NotificationLevel.NOTIFICATION_LEVEL_ALL)
    expect(await level()).toBe(NotificationLevel.NOTIFICATION_LEVEL_ALL)
    await setChannel(NotificationLevel.NOTIFICATION_LEVEL_UNSPECIFIED)
    expect(await level()).toBe(NotificationLevel.NOTIFICATION_LEVEL_NONE)
    expect((await stateOf(ana, channelId))?.level).toBe(NotificationLevel.NOTIFICATION_LEVEL_MENTIONS)
  })

  it('boots with servers, then directs, and the state of each of their channels', async () => {
    const reader = await program.signUp()
    const servers = [await program.createServer(reader, []), await program.createServer(reader, [])]
    const { direct } = await program.clients.directs.call(
      (client) => client.openDirect,
      { userId: ana.id },
      { userId: reader.id },
    )
    const boot = (pageSize: number, pageToken = '') =>
      reading().call((client) => client.listBoot, { pageSize, pageToken }, { userId: reader.id })

    const whole = await boot(0)
    const first = await boot(1)
    const second = await boot(1, first.nextPageToken)

    const channelIds = [
      ...servers.map(({ announcementChannelId }) => announcementChannelId),
      direct?.channel?.id ?? '',
    ]
    expect(whole).toMatchObject({ user: { id: reader.id }, directs: [direct], nextPageToken: '' })
    expect(whole.servers.map(({ id }) => id)).toEqual(servers.map(({ id }) => id))
    expect(whole.channels.map(({ channelId }) => channelId).sort()).toEqual([...channelIds].sort())
    expect(first.servers.map(({ id }) => id)).toEqual([servers[0]?.id])
    expect(first.channels.map(({ channelId }) => channelId)).toEqual([channelIds[0]])
    expect(first.directs).toEqual([])
    expect(second).toMatchObject({ directs: [direct], nextPageToken: '' })
    expect(second.channels).toHaveLength(2)
  })
})
