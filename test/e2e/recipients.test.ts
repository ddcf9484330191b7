import type { Socket } from 'phoenix'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { CoreClients } from '../../gateway/core-clients.js'
import { SendMessageRequest } from '../../gen/recado/v1/messages_service.js'
import {
  eventually,
  join,
  makeServer,
  profiles,
  push,
  refusal,
  signUp,
  type Person,
} from '../support/chat.js'
import { connectToCore } from '../support/core-face.js'
import { startFull, startServer, type RunningServer } from '../support/products/programs.js'

describe.each(profiles)('recipients: %s', (profile) => {
  let server: RunningServer
  let core: CoreClients
  let ana: Person
  const sockets: Socket[] = []

  beforeAll(async () => {
    server = await (profile === 'full' ? startFull({ cores: 2 }) : startServer(profile))
    core = await connectToCore(server)
    ana = await signUp(server.url)
  })
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect()
  })
  afterAll(async () => {
    core?.close()
    await server?.stop()
  })

  const enter = (person: Person, topic: string, payload?: object) => {
    const socket = person.connect()
    sockets.push(socket)
    return join(socket, topic, payload)
  }
  const byGrpc = (by: Person, request: Partial<SendMessageRequest>) =>
    core.messages.call((client) => client.sendMessage, SendMessageRequest.fromPartial(request), {
      userId: by.id,
    })
  const historyOf = async (by: Person, channelId: string) => {
    const { body } = await by.call('GET', `/history?channel_id=${channelId}`)
    return body as unknown as { messages: { content: string }[] }
  }

  it('have one direct, whoever writes first, also when all faces do at once', async () => {
    const rui = await signUp(server.url)
    const { inbox } = await enter(rui, `user:${rui.id}`)

    const [http, socket, grpc] = await Promise.all([
      ana.call('POST', '/messages', { user_id: rui.id, content: 'by HTTP' }),
      push(inbox, 'message:send', { user_id: ana.id, content: 'by socket', nonce: 'n' }),
      byGrpc(ana, { userId: rui.id, content: 'by gRPC' }),
    ])

    const channelId = socket.channel_id as string
    expect(http).toMatchObject({ status: 201, body: { message: { channel_id: channelId } } })
    expect(grpc.channelId).toBe(channelId)
    const [ack] = await inbox.have('message:ack', 1)
    expect(ack).toMatchObject({ id: socket.id, nonce: 'n', duplicate: false })
    await eventually(async () => (await historyOf(rui, channelId)).messages.length === 3)
    const { body } = await rui.call('GET', '/directs')
    expect(body).toMatchObject({ directs: [{ channel: { id: channelId }, user: { id: ana.id } }] })
    const [told] = await inbox.have('direct:new', 1)
    expect(told).toEqual({
      channel: expect.objectContaining({ id: channelId, user_ids: [ana.id, rui.id].sort() }),
      user: expect.objectContaining({ id: ana.id }),
      users: [expect.objectContaining({ id: ana.id })],
      position: expect.any(Number),
    })
    expect(inbox.of('direct:new')).toHaveLength(1)
  })

  it('of a server are its members, by the announcement channel', async () => {
    const rui = await signUp(server.url)
    const { serverId, channelId } = await makeServer(ana, [rui])
    const [channel, told] = [await enter(rui, `channel:${channelId}`), await enter(ana, `server:${serverId}`)]

    await ana.call('POST', '/messages', { server_id: serverId, content: 'by HTTP' })
    await byGrpc(rui, { serverId, content: 'by gRPC' })
    const sent = await push(told.inbox, 'message:send', { content: 'by socket' })

    const heard = await channel.inbox.have('message:new', 3)
    expect(heard.map(({ content }) => content)).toEqual(['by HTTP', 'by gRPC', 'by socket'])
    expect(sent).toMatchObject({ channel_id: channelId, state: 'accepted' })
    expect(await told.inbox.have('message:ack', 1)).toMatchObject([{ id: sent.id, seq: 3 }])
  })

  it('are refused where one may not write, by every face alike', async () => {
    const stranger = await signUp(server.url)
    const { serverId } = await makeServer(ana)
    const own = await enter(stranger, `user:${stranger.id}`)
    const ofHttp = async (body: object) => {
      const answer = await stranger.call('POST', '/messages', { content: 'x', ...body })
      return answer.body.error as unknown as { reason: string }
    }
    const ofGrpc = (request: object) => byGrpc(stranger, { content: 'x', ...request })

    expect(await ofHttp({ server_id: serverId })).toMatchObject({ reason: 'NOT_A_MEMBER' })
    await expect(ofGrpc({ serverId })).rejects.toMatchObject({ reason: 'NOT_A_MEMBER' })
    expect(await refusal(enter(stranger, `server:${serverId}`))).toMatchObject({ reason: 'NOT_A_MEMBER' })
    expect(await refusal(enter(stranger, `user:${ana.id}`))).toMatchObject({ code: 'not_found' })
    for (const [userId, reason] of [
      [stranger.id, 'USER_IS_SELF'],
      ['nobody', 'USER_NOT_FOUND'],
    ] as const) {
      expect(await ofHttp({ user_id: userId })).toMatchObject({ reason })
      await expect(ofGrpc({ userId })).rejects.toMatchObject({ reason })
      const sending = push(own.inbox, 'message:send', { user_id: userId, content: 'x' })
      expect(await refusal(sending)).toMatchObject({ reason })
    }
    await expect(ofGrpc({ serverId, userId: ana.id })).rejects.toMatchObject({ code: 'invalid_argument' })
    await expect(ofGrpc({})).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  it('who join again are told whether they have missed something', async () => {
    const rui = await signUp(server.url)
    const first = await enter(rui, `user:${rui.id}`)
    first.inbox.disconnect()
    const since = first.reply.position

    const again = await enter(rui, `user:${rui.id}`, { since })
    again.inbox.disconnect()
    await ana.call('POST', '/directs', { user_id: rui.id })
    const later = await enter(rui, `user:${rui.id}`, { since })

    expect(first.reply).toEqual({ position: expect.any(Number), recovered: false })
    expect(again.reply.recovered).toBe(true)
    expect(later.reply.recovered).toBe(false)
  })

  it('lose a server’s topic with the server, within a second', async () => {
    const rui = await signUp(server.url)
    const { serverId } = await makeServer(ana, [rui])
    const { inbox } = await enter(rui, `server:${serverId}`)
    const closed = new Promise<void>((resolve) => inbox.channel.onClose(() => resolve()))

    await ana.call('DELETE', `/servers/${serverId}/members/${rui.id}`)

    await closed
    expect(await refusal(enter(rui, `server:${serverId}`))).toMatchObject({ code: 'not_found' })
  })

  // The last: a core that comes back is unavailable for a moment to whoever asks it.
  it('have one direct, also when a core dies while many open it', async () => {
    const rui = await signUp(server.url)
    const opening = Array.from({ length: 20 }, (_, nth) => {
      const [by, other] = nth % 2 ? [ana, rui] : [rui, ana]
      return eventually(async () => {
        const answer = await by.call('POST', '/directs', { user_id: other.id }).catch(() => undefined)
        return answer?.status === 200 && (answer.body as unknown as { channel: { id: string } }).channel.id
      }, 60_000)
    })
    const name = server.pids['core-1'] === undefined ? 'embedded' : 'core-1'
    process.kill(server.pids[name] ?? 0, 'SIGKILL')
    await server.restart(name)

    expect(new Set(await Promise.all(opening)).size).toBe(1)
    const { body } = await rui.call('GET', '/directs')
    expect((body as unknown as { directs: unknown[] }).directs).toHaveLength(1)
  })
})
