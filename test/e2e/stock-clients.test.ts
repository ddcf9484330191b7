import type { Socket } from 'phoenix'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { call, join, makeServer, profiles, push, signUp, type Person } from '../support/chat.js'
import { startServer, type RunningServer } from '../support/products/programs.js'
import { answer, connect, stockClients } from '../support/stock-clients.js'

describe.each(profiles)('stock clients: %s', (profile) => {
  let server: RunningServer
  let ana: Person
  let channelId: string
  const sockets: Socket[] = []

  beforeAll(async () => {
    server = await startServer(profile)
    ana = await signUp(server.url)
  })
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect()
  })
  afterAll(async () => void (await server?.stop()))

  it.each(stockClients)('phoenix.js $version signs in, joins, sends and hears', async (client) => {
    const rui = { username: `rui-${client.module}`, password: 'correct horse battery' }
    const { body: signedUp } = await call(server.url, 'POST', '/users', rui)
    const { body: session } = await call(server.url, 'POST', '/sessions', rui)
    const { id } = signedUp['user'] as unknown as Person
    channelId = (await makeServer(ana, [{ ...ana, id }])).channelId
    const topic = `channel:${channelId}`
    const own = connect(client, `${server.url.replace('http', 'ws')}/socket`, {
      params: { token: session['token'] },
    })
    const other = ana.connect()
    sockets.push(own, other)
    const [mine, theirs] = [await join(own, topic), await join(other, topic)]

    const sent = await push(mine.inbox, 'message:send', { content: 'from the old', nonce: 'n' })
    const [acked] = await mine.inbox.have('message:ack', 1)
    await push(theirs.inbox, 'message:send', { content: 'from the new' })

    expect(mine.reply).toMatchObject({ channel: channelId, head: { seq: 0 } })
    expect(acked).toMatchObject({ id: sent['id'], nonce: 'n', seq: 1 })
    for (const { inbox } of [mine, theirs]) {
      const heard = await inbox.have('message:new', 2)
      expect(heard.map(({ content }) => content)).toEqual(['from the old', 'from the new'])
    }
    expect(await answer(mine.inbox.channel.push('message:send', { content: '' }))).toMatchObject({
      status: 'error',
      response: { code: 'invalid_argument' },
    })
    await answer(mine.inbox.channel.leave())
    expect(mine.inbox.channel.state).toBe('closed')
  })

  it('a binary payload is refused, and the topic stays joined', async () => {
    const socket = ana.connect()
    sockets.push(socket)
    const { inbox } = await join(socket, `channel:${channelId}`)

    const refused = await answer(inbox.channel.push('message:send', Uint8Array.of(1, 2, 3).buffer))
    const sent = await push(inbox, 'message:send', { content: 'as JSON' })

    expect(refused).toMatchObject({ status: 'error', response: { code: 'invalid_argument' } })
    expect(sent).toMatchObject({ state: 'accepted' })
  })

  it('a plain request to the address of the WebSockets is told so', async () => {
    const response = await fetch(`${server.url}/socket/websocket?vsn=2.0.0`)

    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 'invalid_argument' } },
    ])
  })
})
