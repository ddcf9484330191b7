import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoredMessage } from '../../gen/recado/internal/v1/core_service.js'
import { NotificationKind, NotificationLevel } from '../../gen/recado/v1/reading_service.js'
import type { Message } from '../../gen/recado/v1/types.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, type SignedIn } from './core-program.js'
import { storeMessages } from './stored-messages.js'

describe.each(profiles)('notifications: %s', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  let ana: SignedIn
  let bo: SignedIn
  let cem: SignedIn

  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports)
    ;[ana, bo, cem] = (await Promise.all([1, 2, 3].map(() => program.signUp()))) as [
      SignedIn,
      SignedIn,
      SignedIn,
    ]
  }, 60_000)
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  }, 30_000)

  const { NOTIFICATION_LEVEL_ALL: all, NOTIFICATION_LEVEL_NONE: none } = NotificationLevel
  const reading = () => program.clients.reading
  /** A channel of Ana's with messages of hers. */
  const written = async (count: number) => {
    const server = await program.createServer(ana, [bo, cem])
    const channelId = server.announcementChannelId
    const messages = await storeMessages(ports, { channelId, senderId: ana.id, count })
    return { serverId: server.id, channelId, messages }
  }
  const notify = (message: Message, given: Partial<StoredMessage> = {}) => {
    const { id, channelId, senderId, seq, count } = message
    const messages = [StoredMessage.fromPartial({ id, channelId, senderId, seq, count, ...given })]
    return program.clients.core.call((client) => client.notifyMessages, { messages })
  }
  const list = (by: SignedIn, pageSize = 0, pageToken = '') =>
    reading().call((client) => client.listNotifications, { pageSize, pageToken }, { userId: by.id })
  const of = async (by: SignedIn, channelId: string) =>
    (await list(by, 100)).notifications
      .filter((each) => each.channelId === channelId)
      .map(({ kind, message }) => [kind, message?.seq])
  const setLevel = (by: SignedIn, serverId: string, level: NotificationLevel) =>
    reading().call((client) => client.setServerLevel, { serverId, level }, { userId: by.id })
  const mark = (by: SignedIn, channelId: string, seq: number) =>
    reading().call((client) => client.markRead, { channelId, seq }, { userId: by.id })
  const unread = async (by: SignedIn, channelId: string) => {
    const asked = { pageSize: 0, pageToken: '' }
    const { channels } = await reading().call((client) => client.listUnread, asked, { userId: by.id })
    return channels.find((channel) => channel.channelId === channelId)
  }
  const happenings = (after?: number) =>
    program.clients.core.call((client) => client.listHappenings, { after })
  const {
    NOTIFICATION_KIND_MENTION: mention,
    NOTIFICATION_KIND_REPLY: reply,
    NOTIFICATION_KIND_MESSAGE: message,
  } = NotificationKind

  it('tell who is mentioned, once however often it is noted, until they have read past it', async () => {
    const { channelId, messages } = await written(3)
    const { position } = await happenings()

    await notify(messages[1]!, { mentions: [bo.id, ana.id] })
    await notify(messages[1]!, { mentions: [bo.id, ana.id] })

    expect(await of(bo, channelId)).toEqual([[mention, 2]])
    expect(await of(ana, channelId)).toEqual([])
    expect(await unread(bo, channelId)).toMatchObject({ unread: 3, mentions: 1 })
    expect((await happenings(position)).happenings).toMatchObject([
      {
        topic: `user:${bo.id}`,
        what: { $case: 'notification', value: { channelId, messageId: messages[1]!.id } },
      },
    ])
    await mark(bo, channelId, 1)
    expect(await of(bo, channelId)).toHaveLength(1)
    await mark(bo, channelId, 2)
    expect(await of(bo, channelId)).toEqual([])
    await notify(messages[1]!, { mentions: [bo.id] })
    expect(await of(bo, channelId)).toEqual([])
    expect(await unread(bo, channelId)).toMatchObject({ unread: 1, mentions: 0 })
  })

  it('tell who is answered, and who listens', async () => {
    const { serverId, channelId, messages } = await written(2)
    await setLevel(bo, serverId, all)

    await notify(messages[1]!, { senderId: cem.id, replyTo: messages[0]!.id })

    expect(await of(bo, channelId)).toEqual([[message, 2]])
    expect(await of(cem, channelId)).toEqual([])
    // Ana has read what she wrote.
    expect(await of(ana, channelId)).toEqual([])
    await ports.database.read((handle) =>
      sql`delete from read_states where channel_id = ${channelId}`.execute(handle),
    )
    await notify(messages[1]!, { senderId: cem.id, replyTo: messages[0]!.id })
    expect(await of(ana, channelId)).toEqual([[reply, 2]])
  })

  it('tell everybody by one row, but for who wants nothing, who wrote it, and who has read it', async () => {
    const { serverId, channelId, messages } = await written(2)
    await setLevel(cem, serverId, none)

    await notify(messages[1]!, { mentionsEveryone: true, mentions: [bo.id] })
    await notify(messages[1]!, { mentionsEveryone: true, mentions: [bo.id] })

    expect(await of(bo, channelId)).toEqual([[mention, 2]])
    expect(await unread(bo, channelId)).toMatchObject({ mentions: 1 })
    expect(await of(cem, channelId)).toEqual([])
    expect(await of(ana, channelId)).toEqual([])
    const { rows } = await ports.database.read((handle) =>
      sql`select user_id from notifications where channel_id = ${channelId}`.execute(handle),
    )
    expect(rows).toEqual([{ user_id: '' }])
    await mark(bo, channelId, 2)
    expect(await of(bo, channelId)).toEqual([])
  })

  it('tell nobody who may not view, wants nothing, or has blocked the sender', async () => {
    const { serverId, channelId, messages } = await written(2)
    const stranger = await program.signUp()
    const blocker = await program.signUp()
    await program.clients.servers.call(
      (client) => client.addMember,
      { serverId, userId: blocker.id },
      { userId: ana.id },
    )
    await ports.database.read((handle) =>
      sql`insert into blocks (user_id, blocked_id) values (${blocker.id}, ${ana.id})`.execute(handle),
    )
    await setLevel(cem, serverId, none)

    await notify(messages[1]!, { mentions: [stranger.id, blocker.id, cem.id], mentionsEveryone: true })

    for (const user of [stranger, blocker, cem]) expect(await of(user, channelId)).toEqual([])
    await program.clients.servers.call(
      (client) => client.removeMember,
      { serverId, userId: bo.id },
      { userId: ana.id },
    )
    expect(await of(bo, channelId)).toEqual([])
  })

  it('are bounded for each user, the oldest go, and come in pages', async () => {
    const reader = await program.signUp()
    const server = await program.createServer(ana, [reader])
    const channelId = server.announcementChannelId
    const messages = await storeMessages(ports, { channelId, senderId: ana.id, count: 520 })
    for (let at = 0; at < 520; at += 260) {
      const some = messages
        .slice(at, at + 260)
        .map(({ id, senderId, seq, count }) =>
          StoredMessage.fromPartial({ id, channelId, senderId, seq, count, mentions: [reader.id] }),
        )
      await program.clients.core.call((client) => client.notifyMessages, { messages: some })
    }

    const first = await list(reader, 100)
    const second = await list(reader, 100, first.nextPageToken)

    const seqs = [...first.notifications, ...second.notifications].map((each) => each.message?.seq)
    expect(seqs).toEqual(Array.from({ length: 200 }, (_, nth) => 520 - nth))
    expect((await unread(reader, channelId))?.mentions).toBe(500)
  })
})
