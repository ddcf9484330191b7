import { connect as connectAmqp } from 'amqplib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, join, makeServer, profiles, signUp, type Person } from '../support/chat.js'
import { startServer, type RunningServer } from '../support/products/programs.js'

type Stored = { id: string; content: string; seq: number; deleted_at?: string }

const PASSWORD = 'correct horse battery'

describe.each(profiles)('deletion of one’s own accord (%s)', (profile) => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer(profile)
  })
  afterAll(() => server?.stop())

  const core = profile === 'embedded' ? 'embedded' : 'core'
  const kill = (name: string) => process.kill(server.pids[name] ?? 0, 'SIGKILL')
  const send = async (person: Person, channelId: string, content: string) => {
    const { status, body } = await person.call('POST', '/messages', { channel_id: channelId, content })
    expect([201, 202]).toContain(status)
    return (body as unknown as { message: Stored }).message
  }
  const readAll = async (person: Person, channelId: string): Promise<Stored[]> => {
    const all: Stored[] = []
    for (let hasMore = true; hasMore;) {
      const path = `/history?channel_id=${channelId}&after=${all.at(-1)?.seq ?? 0}&limit=100`
      const { body } = await person.call('GET', path)
      const page = body as unknown as { messages: Stored[]; has_more: boolean }
      all.push(...page.messages)
      hasMore = page.has_more
    }
    return all
  }
  const search = async (person: Person, q: string) => {
    const { body } = await person.call('GET', `/search?q=${encodeURIComponent(q)}`)
    return (body as unknown as { messages: Stored[] }).messages.map(({ content }) => content)
  }

  it('blanks what a deleted account wrote, once each, also when core and the consumer are killed in the middle', async () => {
    const [ana, bo] = [await signUp(server.url), await signUp(server.url)]
    const { channelId } = await makeServer(bo, [ana])
    const count = 240
    for (let from = 0; from < count; from += 40)
      await Promise.all(Array.from({ length: 40 }, (_, n) => send(ana, channelId, `hers ${from + n} plum`)))
    await send(bo, channelId, 'his plum')
    await eventually(async () => (await readAll(bo, channelId)).length === count + 1)
    await eventually(async () => (await search(bo, 'his plum')).length === 1)
    const socket = bo.connect()
    const { inbox } = await join(socket, `channel:${channelId}`)

    expect((await ana.call('DELETE', '/users/me', { password: PASSWORD })).status).toBe(204)
    await inbox.have('message:deleted', 10)
    kill(core)
    if (profile === 'full') kill('consumer-1')
    await Promise.all(
      [core, ...(profile === 'full' ? ['consumer-1'] : [])].map((name) => server.restart(name)),
    )

    const messages = await eventually(async () => {
      const found = await readAll(bo, channelId)
      return found.filter(({ content }) => content !== '').length === 1 && found
    }, 170_000)
    socket.disconnect()
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: count + 1 }, (_, n) => n + 1))
    expect(messages.filter(({ deleted_at }) => deleted_at)).toHaveLength(count)
    await eventually(async () => (await search(bo, 'plum')).join() === 'his plum')
    const rejoined = await join(bo.connect(), `channel:${channelId}`)
    const { head } = rejoined.reply as { head: { seq: number } }
    rejoined.inbox.disconnect()
    // One event a deletion, and no other.
    expect(head.seq).toBe(2 * count + 1)
    expect((await ana.call('GET', '/users/me')).status).toBe(401)
    expect((await bo.call('GET', `/users/${ana.id}`)).body).toMatchObject({
      user: { username: '', deleted_at: expect.any(String) as string },
    })
  }, 300_000)

  it('is followed by searches, as edits are', async () => {
    const ana = await signUp(server.url)
    const { channelId } = await makeServer(ana)
    const [first, second] = [
      await send(ana, channelId, 'a red pear'),
      await send(ana, channelId, 'a green pear'),
    ]
    await eventually(async () => (await search(ana, 'pear')).length === 2)
    const path = `/channels/${channelId}/messages`

    await ana.call('PATCH', `${path}/${first.id}`, { content: 'a blue apple' })
    await ana.call('DELETE', `${path}/${second.id}`)

    await eventually(
      async () => (await search(ana, 'apple')).length === 1 && (await search(ana, 'pear')).length === 0,
    )
    expect(await search(ana, 'blue')).toEqual(['a blue apple'])
  })

  it.runIf(profile === 'full')(
    'keeps messages for a time only, also when core is killed in the middle',
    async () => {
      const ana = await signUp(server.url)
      const { serverId, channelId } = await makeServer(ana)
      const connection = await connectAmqp(server.env.AMQP_URL ?? '')
      const amqpChannel = await connection.createConfirmChannel()
      const count = 150
      for (let n = 0; n < count; n++) {
        const timestamp = new Date(Date.now() - 3 * 86_400_000).toISOString()
        const body = {
          sender_id: ana.id,
          channel_id: channelId,
          message: `old ${n}`,
          timestamp,
          nonce: `n${n}`,
        }
        amqpChannel.publish('recado.messages', channelId, Buffer.from(JSON.stringify(body)), {
          persistent: true,
          contentType: 'application/json',
        })
      }
      await amqpChannel.waitForConfirms()
      await connection.close()
      await eventually(async () => (await readAll(ana, channelId)).length === count)
      await send(ana, channelId, 'new')

      expect((await ana.call('PUT', `/servers/${serverId}/retention`, { days: 2 })).status).toBe(204)
      await eventually(async () => (await readAll(ana, channelId)).some(({ deleted_at }) => deleted_at))
      kill(core)
      await server.restart(core)

      await eventually(async () => {
        const found = await readAll(ana, channelId)
        return found.length === count + 1 && found.filter(({ content }) => content !== '').length === 1
      }, 170_000)
      expect((await readAll(ana, channelId)).at(-1)?.content).toBe('new')
    },
    300_000,
  )
})
