import type { Socket } from 'phoenix'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually, join, makeServer, profiles, push, signUp, type Person } from '../support/chat.js'
import { startServer, type RunningServer } from '../support/products/programs.js'

type Notification = { id: string; kind: string; channel_id: string; message: { content: string } }

describe.each(profiles)('notifications: %s', (profile) => {
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
  const list = async (person: Person) => {
    const { body } = await person.call('GET', '/notifications')
    return (body as unknown as { notifications: Notification[] }).notifications
  }
  const write = async (by: Person, body: object) => {
    const answer = await by.call('POST', '/messages', body)
    expect(answer.status).toBe(201)
    return (answer.body as unknown as { message: { id: string; channel_id: string; seq: number } }).message
  }

  it('reach every device of who is written to, and go when one of them reads', async () => {
    const reader = await signUp(server.url)
    const phone = (await join(connect(reader), `user:${reader.id}`)).inbox
    const desk = (await join(connect(reader), `user:${reader.id}`)).inbox
    const own = (await join(connect(ana), `user:${ana.id}`)).inbox

    const message = await write(ana, { user_id: reader.id, content: 'are you there?' })

    const [told] = await phone.have('notification', 1)
    expect(await desk.have('notification', 1)).toEqual([told])
    expect(told).toMatchObject({
      id: message.id,
      kind: 'direct',
      channel_id: message.channel_id,
      message: { id: message.id, content: 'are you there?', seq: 1 },
      at: expect.any(String),
      position: expect.any(Number),
    })
    expect(await list(reader)).toMatchObject([{ id: message.id, kind: 'direct' }])
    await reader.call('PUT', `/channels/${message.channel_id}/read`, { seq: 1 })
    expect(await list(reader)).toEqual([])
    await desk.have('read', 1)
    expect(own.of('notification')).toEqual([])
  })

  it('are kept for who is away, and follow the level', async () => {
    const { serverId, channelId } = await makeServer(ana, [rui])
    const answered = await write(rui, { channel_id: channelId, content: 'a question' })
    await write(ana, { channel_id: channelId, content: 'nobody is told' })

    await write(ana, { channel_id: channelId, content: 'an answer', reply_to: answered.id })
    await rui.call('PUT', `/notifications/channels/${channelId}`, { level: 'all' })
    await write(ana, { channel_id: channelId, content: 'told of too' })
    await rui.call('PUT', `/notifications/channels/${channelId}`, { level: 'none' })
    await write(ana, { channel_id: channelId, content: 'no more', reply_to: answered.id })

    const here = (await list(rui)).filter(({ channel_id }) => channel_id === channelId)
    expect(here.map(({ kind, message }) => [kind, message.content])).toEqual([
      ['message', 'told of too'],
      ['reply', 'an answer'],
    ])
    expect(serverId).toMatch(/./)
  })

  it('reach who is mentioned, and everybody where that is allowed, and show the message as it stands', async () => {
    const [reader, quiet] = [await signUp(server.url), await signUp(server.url)]
    const { serverId, channelId } = await makeServer(ana, [reader, quiet])
    await quiet.call('PUT', `/notifications/servers/${serverId}`, { level: 'none' })
    const [own, other] = [
      (await join(connect(reader), `user:${reader.id}`)).inbox,
      (await join(connect(quiet), `user:${quiet.id}`)).inbox,
    ]

    await write(ana, { channel_id: channelId, content: `<@${reader.id}> and <@${quiet.id}>` })
    const all = await write(ana, { channel_id: channelId, content: '<@everyone> come' })
    const told = await own.have('notification', 2)
    await write(reader, { channel_id: channelId, content: '<@everyone> I may not' })

    expect(told).toMatchObject([
      { kind: 'mention' },
      { kind: 'mention', message: { content: '<@everyone> come' } },
    ])
    expect(other.of('notification')).toEqual([])
    expect(await list(quiet)).toEqual([])
    expect(await list(ana)).toEqual([])
    // Who writes has read what stands before it.
    expect(await list(reader)).toEqual([])
    const later = await write(ana, { channel_id: channelId, content: '<@everyone> again' })
    await ana.call('PATCH', `/channels/${channelId}/messages/${later.id}`, { content: 'changed' })
    expect(await list(reader)).toMatchObject([{ id: later.id, message: { content: 'changed' } }])
    await ana.call('DELETE', `/channels/${channelId}/messages/${later.id}`)
    expect(await list(reader)).toMatchObject([{ message: { content: '', deleted_at: expect.any(String) } }])
    expect(all.seq).toBe(2)
  })

  it('are not told to who has the channel open and has read it to its end', async () => {
    const reader = await signUp(server.url)
    const first = await write(ana, { user_id: reader.id, content: 'one' })
    const socket = connect(reader)
    const own = (await join(socket, `user:${reader.id}`)).inbox
    const channel = (await join(socket, `channel:${first.channel_id}`)).inbox
    await push(channel, 'read', { seq: 1 })

    await write(ana, { user_id: reader.id, content: 'two' })
    await channel.have('message:new', 1)
    await write(ana, { user_id: reader.id, content: 'three' })

    // The third stands behind one that was not read.
    const told = await own.have('notification', 1)
    expect(told).toMatchObject([{ message: { content: 'three' } }])
  })

  it('are told once, whatever dies while they are on their way', async () => {
    const reader = await signUp(server.url)
    const sending = Array.from({ length: 30 }, (_, nth) =>
      ana.call('POST', '/messages', { user_id: reader.id, content: `${nth}`, nonce: `n${nth}` }),
    )
    const { consumer, core, embedded } = {
      consumer: server.pids['consumer-1'],
      core: server.pids.core,
      embedded: server.pids.embedded,
    }
    await Promise.race(sending.map((each) => each.catch(() => undefined)))
    for (const [name, pid] of [
      ['consumer-1', consumer],
      ['core', core],
      ['embedded', embedded],
    ] as const) {
      if (pid === undefined) continue
      process.kill(pid, 'SIGKILL')
      await server.restart(name)
    }
    await Promise.allSettled(sending)
    for (let nth = 0; nth < 30; nth++)
      await eventually(async () => {
        const body = { user_id: reader.id, content: `${nth}`, nonce: `n${nth}` }
        const answer = await ana.call('POST', '/messages', body).catch(() => undefined)
        return answer?.status === 201
      }, 60_000)

    const told = await eventually(async () => {
      const found = await list(reader)
      return found.length >= 30 && found
    })
    expect(told.map(({ message }) => message.content).sort()).toEqual(
      Array.from({ length: 30 }, (_, nth) => `${nth}`).sort(),
    )
  })
})
