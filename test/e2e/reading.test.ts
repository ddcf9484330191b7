import type { Socket } from 'phoenix'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
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
import { startServer, type RunningServer } from '../support/products/programs.js'

type State = { channel_id: string; read_seq: number; unread: number; mentions: number; level: string }

describe.each(profiles)('reading: %s', (profile) => {
  let server: RunningServer
  let ana: Person
  let rui: Person
  const sockets: Socket[] = []

  beforeAll(async () => {
    server = await startServer(profile)
    ana = await signUp(server.url)
    rui = await signUp(server.url)
  })
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect()
  })
  afterAll(() => server?.stop())

  const connect = (person: Person) => {
    const socket = person.connect()
    sockets.push(socket)
    return socket
  }
  const stateOf = async (person: Person, channelId: string) => {
    const { body } = await person.call('GET', '/unread')
    return (body as unknown as { channels: State[] }).channels.find(
      ({ channel_id }) => channel_id === channelId,
    )
  }
  const write = async (by: Person, channelId: string, count: number) => {
    for (let nth = 1; nth <= count; nth++)
      expect((await by.call('POST', '/messages', { channel_id: channelId, content: `${nth}` })).status).toBe(
        201,
      )
  }

  it('is the same on all devices of a user, whichever reads, by every face', async () => {
    const { channelId } = await makeServer(ana, [rui])
    await write(ana, channelId, 5)
    const phone = connect(rui)
    const { inbox } = await join(phone, `channel:${channelId}`)
    const onPhone = (await join(phone, `user:${rui.id}`)).inbox
    const atDesk = (await join(connect(rui), `user:${rui.id}`)).inbox

    await push(inbox, 'read', { seq: 2 })
    await atDesk.have('read', 1)
    expect(await stateOf(rui, channelId)).toMatchObject({ read_seq: 2, unread: 3 })
    expect((await rui.call('PUT', `/channels/${channelId}/read`, { seq: 4 })).status).toBe(204)
    await push(inbox, 'read', { seq: 1 })

    const heard = await atDesk.have('read', 2)
    expect(heard).toEqual([
      { channel_id: channelId, seq: 2, position: expect.any(Number) },
      { channel_id: channelId, seq: 4, position: expect.any(Number) },
    ])
    expect(await onPhone.have('read', 2)).toEqual(heard)
    expect(await stateOf(rui, channelId)).toMatchObject({ read_seq: 4, unread: 1 })
  })

  it('follows what one writes', async () => {
    const { channelId } = await makeServer(ana, [rui])
    await write(ana, channelId, 2)
    await write(rui, channelId, 1)
    await write(ana, channelId, 1)

    expect(await stateOf(ana, channelId)).toMatchObject({ read_seq: 4, unread: 0 })
    expect(await stateOf(rui, channelId)).toMatchObject({ read_seq: 3, unread: 1 })
  })

  it('is part of what a client begins with', async () => {
    const reader = await signUp(server.url)
    const { serverId, channelId } = await makeServer(ana, [reader])
    await reader.call('POST', '/messages', { user_id: ana.id, content: 'hello' })
    await write(ana, channelId, 2)
    await reader.call('PUT', `/notifications/servers/${serverId}`, { level: 'none' })

    const { status, body } = await reader.call('GET', '/boot')

    expect(status).toBe(200)
    expect(body).toMatchObject({
      user: { id: reader.id },
      servers: [{ id: serverId, channels: [{ id: channelId }] }],
      directs: [{ user: { id: ana.id } }],
      channels: expect.arrayContaining([
        expect.objectContaining({ channel_id: channelId, unread: 2, read_seq: 0, level: 'none' }),
        expect.objectContaining({ unread: 0, read_seq: 1, level: 'all' }),
      ]),
    })
  })

  it('is refused where one may not view, and where it is malformed', async () => {
    const stranger = await signUp(server.url)
    const { channelId } = await makeServer(ana, [rui])
    const { inbox } = await join(connect(rui), `channel:${channelId}`)

    expect(await stranger.call('PUT', `/channels/${channelId}/read`, { seq: 1 })).toMatchObject({
      status: 404,
    })
    expect(await rui.call('PUT', `/channels/${channelId}/read`, { seq: -1 })).toMatchObject({ status: 400 })
    expect(await refusal(push(inbox, 'read', { seq: 1.5 }))).toMatchObject({ code: 'invalid_argument' })
  })

  it('survives the loss of every program at once', async () => {
    const { channelId } = await makeServer(ana, [rui])
    await write(ana, channelId, 3)
    const { inbox } = await join(connect(rui), `channel:${channelId}`)
    await push(inbox, 'read', { seq: 2 })

    for (const [name, pid] of Object.entries(server.pids)) {
      process.kill(pid, 'SIGKILL')
      await server.restart(name)
    }

    const state = await eventually(() => stateOf(rui, channelId).catch(() => undefined))
    expect(state).toMatchObject({ read_seq: 2, unread: 1 })
  })
})
