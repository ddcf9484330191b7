import type { Socket } from 'phoenix'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually, join, makeServer, profiles, signUp, type Inbox, type Person } from '../support/chat.js'
import { startServer, type RunningServer } from '../support/products/programs.js'

describe.each(profiles)('activity: %s', (profile) => {
  let server: RunningServer
  let ana: Person
  const sockets: Socket[] = []

  beforeAll(async () => {
    server = await startServer(profile)
    ana = await signUp(server.url)
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
  const own = async (person: Person, socket = connect(person)) =>
    (await join(socket, `user:${person.id}`)).inbox
  const write = async (by: Person, to: object, count = 1) => {
    const answers = []
    for (let nth = 0; nth < count; nth++)
      answers.push(await by.call('POST', '/messages', { ...to, content: `${nth}` }))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
    return answers.at(-1)?.body as unknown as { message: { channel_id: string } }
  }
  const of = (inbox: Inbox, channelId: string, event = 'activity') =>
    inbox.of(event).filter(({ channel_id }) => channel_id === channelId)

  it('is told, gathered, to who may view a channel and has not joined it', async () => {
    const [reader, stranger] = [await signUp(server.url), await signUp(server.url)]
    const { channelId } = await makeServer(ana, [reader])
    const [idle, outside] = [await own(reader), await own(stranger)]
    const socket = connect(reader)
    const [reading, joined] = [await own(reader, socket), (await join(socket, `channel:${channelId}`)).inbox]

    await write(ana, { channel_id: channelId }, 20)

    await eventually(async () => of(idle, channelId).at(-1)?.count === 20)
    expect(of(idle, channelId).at(-1)).toEqual({ channel_id: channelId, seq: 20, count: 20 })
    expect(of(idle, channelId).length).toBeLessThan(20)
    await joined.have('message:new', 20)
    expect(of(reading, channelId)).toEqual([])
    expect(of(outside, channelId)).toEqual([])
  })

  it('tells the other devices of who writes that it is read', async () => {
    const { channelId } = await makeServer(ana)
    const phone = await own(ana)

    await write(ana, { channel_id: channelId }, 2)

    const read = await eventually(async () => {
      const found = of(phone, channelId, 'read').at(-1)
      return found?.seq === 2 && found
    })
    expect(read).toEqual({ channel_id: channelId, seq: 2 })
  })

  it('reaches both of a direct', async () => {
    const reader = await signUp(server.url)
    const inbox = await own(reader)

    const { message } = await write(ana, { user_id: reader.id })

    await eventually(async () => of(inbox, message.channel_id).length === 1)
  })

  it('follows who becomes a member, who is none any more, and who may no longer view', async () => {
    const [reader, witness] = [await signUp(server.url), await signUp(server.url)]
    const { serverId, channelId } = await makeServer(ana, [reader, witness])
    const [inbox, seen] = [await own(reader), await own(witness)]
    const told = async (count: number) => {
      await write(ana, { channel_id: channelId })
      await eventually(async () => of(seen, channelId).at(-1)?.count === count)
    }
    await told(1)
    await eventually(async () => of(inbox, channelId).length === 1)

    await ana.call('DELETE', `/servers/${serverId}/members/${reader.id}`)
    await eventually(async () => {
      const { status } = await reader.call('GET', `/servers/${serverId}`)
      return status === 404
    })
    // The log of lost rights is read every half second.
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await told(2)

    expect(of(inbox, channelId)).toHaveLength(1)
  })

  it('is said to be lost when a consumer dies, and goes on', async () => {
    const reader = await signUp(server.url)
    const { channelId } = await makeServer(ana, [reader])
    if (server.pids['consumer-1'] === undefined) return
    const inbox = await own(reader)

    process.kill(server.pids['consumer-1'], 'SIGKILL')
    await server.restart('consumer-1')

    // Once when the stream is lost, and once when another is in force: what was stored in between is read then.
    await inbox.have('activity:lost', 2)
    await ana.call('POST', '/messages', { channel_id: channelId, content: 'again' })
    await eventually(async () => of(inbox, channelId).at(-1)?.count === 1, 60_000)
  })
})
