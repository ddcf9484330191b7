import type { Socket } from 'phoenix'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type RunningServer } from '../support/products/programs.js'
import { join, makeServer, profiles, push, refusal, signUp, type Person } from '../support/chat.js'

describe.each(profiles)("a message's way: %s", (profile) => {
  let server: RunningServer
  let ana: Person
  let rui: Person
  let place: { serverId: string; channelId: string }
  const sockets: Socket[] = []

  beforeAll(async () => {
    server = await startServer(profile)
    ana = await signUp(server.url)
    rui = await signUp(server.url)
    place = await makeServer(ana, [rui])
  })
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect()
  })
  afterAll(() => server?.stop())

  const enter = (person: Person, channelId = place.channelId) => {
    const socket = person.connect()
    sockets.push(socket)
    return join(socket, `channel:${channelId}`)
  }
  const newChannel = async () => {
    const { body } = await ana.call('POST', `/servers/${place.serverId}/channels`, { name: 'another' })
    return (body as unknown as { channel: { id: string } }).channel.id
  }

  it('answers a join of an empty channel with its head', async () => {
    const { reply } = await enter(rui, await newChannel())

    expect(reply).toMatchObject({ head: { epoch: expect.any(String), seq: 0 }, recovered: false, events: [] })
  })

  it('accepts, stores and delivers to everybody who joined, the sender included', async () => {
    const channelId = await newChannel()
    const [a, r] = [await enter(ana, channelId), await enter(rui, channelId)]

    const accepted = await push(a.inbox, 'message:send', { content: 'Olá, mundo!', nonce: 'one' })

    const [ack] = await a.inbox.have('message:ack', 1)
    const [seen] = await a.inbox.have('message:new', 1)
    const [heard] = await r.inbox.have('message:new', 1)
    expect(accepted).toEqual({ id: expect.any(String), channel_id: channelId, state: 'accepted' })
    expect(ack).toEqual({
      id: accepted.id,
      nonce: 'one',
      seq: 1,
      timestamp: expect.any(String),
      duplicate: false,
    })
    expect(heard).toEqual({
      id: accepted.id,
      channel_id: channelId,
      server_id: place.serverId,
      sender_id: ana.id,
      content: 'Olá, mundo!',
      timestamp: ack?.timestamp,
      seq: 1,
      count: 1,
      nonce: 'one',
    })
    expect(seen).toEqual(heard)
    const { body } = await rui.call('GET', `/history?channel_id=${channelId}`)
    expect(body).toMatchObject({ messages: [heard], head: { seq: 1 }, has_more: false })
  })

  it('hands on what an application sends along, and the time that a client gives, from every face', async () => {
    const channelId = await newChannel()
    const [a, r] = [await enter(ana, channelId), await enter(rui, channelId)]
    const along = {
      data: { kind: 'card', at: [1, { null: null }] },
      timestamp: '1969-12-31T22:59:59.001-01:00',
    }

    await push(a.inbox, 'message:send', { content: 'by socket', ...along })
    await a.inbox.have('message:ack', 1)
    await ana.call('POST', '/messages', { channel_id: channelId, content: 'by HTTP', ...along })

    const heard = await r.inbox.have('message:new', 2)
    const sent = { data: along.data, sent_at: '1969-12-31T23:59:59.001Z' }
    expect(heard).toMatchObject([
      { content: 'by socket', ...sent },
      { content: 'by HTTP', ...sent },
    ])
    const { body } = await rui.call('GET', `/history?channel_id=${channelId}`)
    expect(body).toMatchObject({ messages: heard })
  })

  it('hands a burst of long messages to every reader, and closes none of them', async () => {
    const channelId = await newChannel()
    const readers = [await enter(ana, channelId), await enter(rui, channelId), await enter(rui, channelId)]
    const content = '😀'.repeat(4_000)

    for (let n = 0; n < 15; n++)
      await push(readers[0]!.inbox, 'message:send', { content, nonce: `burst-${n}` })

    for (const { inbox } of readers) {
      const heard = await inbox.have('message:new', 15)
      expect(heard.map(({ seq }) => seq)).toEqual(Array.from({ length: 15 }, (_, at) => at + 1))
    }
  })

  it('gives a repeat the first id and seq, marked as a duplicate, and delivers it once', async () => {
    const channelId = await newChannel()
    const { inbox } = await enter(ana, channelId)

    const first = await push(inbox, 'message:send', { content: 'once', nonce: 'again' })
    await inbox.have('message:ack', 1)
    const second = await push(inbox, 'message:send', { content: 'once', nonce: 'again' })
    const acks = await inbox.have('message:ack', 2)
    await push(inbox, 'message:send', { content: 'after', nonce: 'other' })
    const delivered = await inbox.have('message:new', 2)

    expect(second.id).toBe(first.id)
    expect(acks.map(({ seq, duplicate }) => [seq, duplicate])).toEqual([
      [1, false],
      [1, true],
    ])
    expect(delivered.map(({ content, seq }) => [content, seq])).toEqual([
      ['once', 1],
      ['after', 2],
    ])
  })

  it('stores repeats that are in flight together once', async () => {
    const channelId = await newChannel()
    const { inbox } = await enter(ana, channelId)

    const repeats = Array.from({ length: 20 }, () =>
      push(inbox, 'message:send', { content: 'storm', nonce: 'same' }),
    )
    const ids = new Set((await Promise.all(repeats)).map(({ id }) => id))
    const acks = await inbox.have('message:ack', 20)

    expect(ids.size).toBe(1)
    expect(acks.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
    expect(new Set(acks.map(({ seq }) => seq))).toEqual(new Set([1]))
  })

  it("keeps the order of one connection's messages and shows everybody the same", async () => {
    const channelId = await newChannel()
    const [a, r] = [await enter(ana, channelId), await enter(rui, channelId)]

    const sends = Array.from({ length: 300 }, (_, index) => [
      push(a.inbox, 'message:send', { content: `a${index}`, nonce: `a${index}` }),
      push(r.inbox, 'message:send', { content: `r${index}`, nonce: `r${index}` }),
    ])
    await Promise.all(sends.flat())
    const seenByA = await a.inbox.have('message:new', 600)
    const seenByR = await r.inbox.have('message:new', 600)

    expect(seenByA).toEqual(seenByR)
    expect(seenByA.map(({ seq }) => seq)).toEqual(Array.from({ length: 600 }, (_, index) => index + 1))
    const own = seenByA.filter(({ sender_id: sender }) => sender === ana.id).map(({ content }) => content)
    expect(own).toEqual(Array.from({ length: 300 }, (_, index) => `a${index}`))
  })

  it('puts what is sent over HTTP on the sockets too', async () => {
    const channelId = await newChannel()
    const { inbox } = await enter(rui, channelId)

    const { status, body } = await ana.call('POST', '/messages', {
      channel_id: channelId,
      content: 'by HTTP',
    })

    expect(status).toBe(201)
    expect(await inbox.have('message:new', 1)).toEqual([(body as unknown as { message: object }).message])
  })

  it('moderates by the words that the server blocks, with the name of the rule', async () => {
    const channelId = await newChannel()
    const { inbox } = await enter(rui, channelId)
    await ana.call('PUT', `/servers/${place.serverId}/moderation`, { blocked_words: ['Rutabaga'] })

    const refused = await refusal(push(inbox, 'message:send', { content: 'no RUTABAGA here', nonce: 'm' }))

    expect(refused).toMatchObject({
      code: 'permission_denied',
      reason: 'BLOCKED_WORD',
      message: expect.stringContaining('blocked_words'),
      retryable: false,
    })
  })

  it('ends the topic of somebody who is removed and refuses what they send', async () => {
    const eve = await signUp(server.url)
    await ana.call('PUT', `/servers/${place.serverId}/members/${eve.id}`)
    const { inbox } = await enter(eve)
    const closed = new Promise((resolve) => inbox.channel.onClose(resolve))

    const removedAt = Date.now()
    await ana.call('DELETE', `/servers/${place.serverId}/members/${eve.id}`)
    await closed

    expect(Date.now() - removedAt).toBeLessThan(5_000)
    const { status } = await eve.call('POST', '/messages', {
      channel_id: place.channelId,
      content: 'still here?',
    })
    expect(status).toBe(404)
  })

  it('closes the connections of a session that is signed out', async () => {
    const eve = await signUp(server.url)
    const socket = eve.connect()
    sockets.push(socket)
    await new Promise<void>((resolve) => socket.onOpen(resolve))
    const closed = new Promise<{ code: number }>((resolve) => socket.onClose(resolve as never))

    await eve.call('DELETE', '/sessions')

    expect((await closed).code).toBe(1001)
  })
})
