import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Consumer } from '../../consumer/consumer.js'
import { newId } from '../../contract/ids.js'
import { SendMessageRequest } from '../../gen/recado/v1/messages_service.js'
import { Message } from '../../gen/recado/v1/types.js'
import { createLog } from '../../lib/log.js'
import { eventually } from '../support/chat.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, SERVICE_TOKEN, type SignedIn } from './core-program.js'
import { toEvent } from './stored-messages.js'

const log = createLog({ level: 'silent', program: 'test' })
const DAY_MS = 86_400_000

describe.each(profiles)('core deletes of its own accord (%s)', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  let consumer: Consumer
  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports)
    const guard = { tls: undefined, serviceToken: SERVICE_TOKEN }
    consumer = new Consumer(
      {
        host: '127.0.0.1',
        port: 0,
        ...guard,
        core: { addresses: [`127.0.0.1:${program.core.port}`], ...guard },
      },
      { ...ports, isSchemaReady: () => Promise.resolve(true), registry: new Registry(), log },
    )
    await consumer.start()
  })
  afterAll(async () => {
    await consumer?.stop()
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  })

  const users = () => program.clients.users
  const send = ({ id }: SignedIn, channelId: string, content: string) =>
    program.clients.messages.call(
      (client) => client.sendMessage,
      { ...SendMessageRequest.fromJSON({}), channelId, content },
      { userId: id },
    )
  const read = async (user: SignedIn, channelId: string) => {
    const page = await program.clients.history.call(
      (client) => client.listMessages,
      { channelId, limit: 100, cursor: undefined },
      { userId: user.id },
    )
    return page.messages
  }
  const contents = async (user: SignedIn, channelId: string) =>
    (await read(user, channelId)).map(({ content }) => content)
  const deleteUser = ({ id }: SignedIn, password = 'correct horse') =>
    users().call((client) => client.deleteUser, { password }, { userId: id })

  describe('a deleted account', () => {
    it('leaves its places blank, its direct readable, its name free, and nobody who is it', async () => {
      const [ana, bo] = [await program.signUp(), await program.signUp()]
      const { id: serverId, announcementChannelId } = await program.createServer(bo, [ana])
      const { direct } = await program.clients.directs.call(
        (client) => client.openDirect,
        { userId: bo.id },
        { userId: ana.id },
      )
      const between = direct?.channel?.id ?? ''
      for (let n = 0; n < 70; n++) await send(ana, announcementChannelId, `hers ${n}`)
      await send(bo, announcementChannelId, 'his')
      await send(ana, between, '🎈')
      await send(bo, between, 'to her')
      await eventually(async () => (await contents(bo, announcementChannelId)).length === 71)
      await eventually(async () => (await contents(bo, between)).length === 2)
      const { sessionId } = await users().call((client) => client.verifySession, { token: ana.token })

      await deleteUser(ana)

      await expect(
        users().call((client) => client.verifySession, { token: ana.token }),
      ).rejects.toMatchObject({ reason: 'SESSION_INVALID' })
      const again = await users().call((client) => client.createUser, {
        ...{ username: ana.username, password: 'another horse', requestId: '' },
      })
      expect(again.user?.id).not.toBe(ana.id)
      const { user } = await users().call((client) => client.getUser, { userId: ana.id }, { userId: bo.id })
      expect(user).toMatchObject({
        id: ana.id,
        username: '',
        displayName: '',
        deletedAt: expect.any(String) as string,
      })
      await eventually(async () => (await contents(bo, announcementChannelId)).filter(Boolean).length === 1)
      await eventually(async () => (await contents(bo, between)).filter(Boolean).length === 1)
      const places = await read(bo, announcementChannelId)
      expect(places.map(({ seq }) => seq)).toEqual(Array.from({ length: 71 }, (_, index) => index + 1))
      expect(places.filter(({ deletedAt }) => deletedAt)).toHaveLength(70)
      expect(await contents(bo, between)).toEqual(['', 'to her'])
      await expect(send(bo, between, 'still there?')).rejects.toMatchObject({ reason: 'USER_NOT_FOUND' })
      await expect(send(ana, between, 'a ghost')).rejects.toMatchObject({ code: 'unauthenticated' })
      await expect(read(ana, between)).rejects.toMatchObject({ code: 'unauthenticated' })
      await eventually(async () => {
        const page = await program.clients.servers.call(
          (client) => client.listMembers,
          { serverId, pageSize: 0, pageToken: '' },
          { userId: bo.id },
        )
        return page.members.length === 1
      })
      const { revocations } = await program.clients.core.call((client) => client.listRevocations, {
        after: 0,
      })
      expect(revocations.map(({ lost }) => lost)).toEqual(
        expect.arrayContaining([
          { $case: 'signedOut', value: { sessionId } },
          { $case: 'memberRemoved', value: { serverId, userId: ana.id } },
        ]),
      )
    }, 60_000)

    it('is refused to who owns servers, naming them, and to who does not know the password', async () => {
      const ana = await program.signUp()
      const { id } = await program.createServer(ana)

      await expect(deleteUser(ana)).rejects.toMatchObject({
        code: 'failed_precondition',
        reason: 'OWNS_SERVERS',
        details: { [id]: expect.stringContaining('A server') as string },
      })
      await expect(deleteUser(ana, 'wrong horse')).rejects.toMatchObject({ reason: 'WRONG_PASSWORD' })
      expect(await users().call((client) => client.verifySession, { token: ana.token })).toMatchObject({
        userId: ana.id,
      })
    })

    it('owns no server, however close a new one comes', async () => {
      const ana = await program.signUp()

      const [deleted, made] = await Promise.allSettled([deleteUser(ana), program.createServer(ana)])

      expect([deleted.status, made.status].sort()).toEqual(['fulfilled', 'rejected'])
    })
  })

  describe('retention', () => {
    const setRetention = ({ id }: SignedIn, serverId: string, days: number | undefined) =>
      program.clients.servers.call((client) => client.updateRetention, { serverId, days }, { userId: id })

    it('deletes what is older, and nothing else; off by default', async () => {
      const owner = await program.signUp()
      const { id: serverId, announcementChannelId: channelId } = await program.createServer(owner)
      const ages = [9, 8, 7.01, -1, 7.5, ...Array<number>(60).fill(8), 6.99, 1]
      const stored = ages.map((age, index): Message => ({
        ...Message.fromJSON({}),
        id: newId(),
        channelId,
        serverId,
        senderId: owner.id,
        content: `${age} days old`,
        timestamp: new Date(Date.now() - age * DAY_MS).toISOString(),
        seq: index + 1,
        count: index + 1,
      }))
      await ports.history.append(stored.map(toEvent))
      await ports.heads.raise([{ channelId, seq: ages.length, count: ages.length }], [])
      expect((await contents(owner, channelId)).every(Boolean)).toBe(true)

      await setRetention(owner, serverId, 7)

      const { server } = await program.clients.servers.call(
        (client) => client.getServer,
        { serverId },
        { userId: owner.id },
      )
      expect(server?.retentionDays).toBe(7)
      const expected = stored.map(({ content }, index) => ((ages[index] ?? 0) > 7 ? '' : content))
      await eventually(async () => {
        const found = await contents(owner, channelId)
        return (
          found.filter(Boolean).length === expected.filter(Boolean).length && found.join() === expected.join()
        )
      })
      await setRetention(owner, serverId, undefined)
      const rows = await ports.database.read((handle) =>
        handle.selectFrom('retentions').selectAll().execute(),
      )
      expect(rows).toEqual([])
    }, 60_000)

    it('is set by those who may manage the server, within its bounds', async () => {
      const [owner, bo] = [await program.signUp(), await program.signUp()]
      const { id } = await program.createServer(owner, [bo])

      await expect(setRetention(bo, id, 7)).rejects.toMatchObject({ code: 'permission_denied' })
      await expect(setRetention(await program.signUp(), id, 7)).rejects.toMatchObject({ code: 'not_found' })
      for (const days of [0, 3_651])
        await expect(setRetention(owner, id, days)).rejects.toMatchObject({ code: 'invalid_argument' })
    })
  })
})
