import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  eventually,
  join,
  makeServer,
  profiles,
  push,
  refusal,
  signUp,
  type Inbox,
  type Person,
} from '../support/chat.js'
import { Program } from '../support/products/program.js'
import { startServer, type RunningServer } from '../support/products/programs.js'
import { freePort } from '../services/system/ports.js'

/** How long it may take on a busy machine; on another it is within a second. */
const SOON_MS = 5_000

type Role = { id: string; name: string }

describe.each(profiles)('communities, live (%s)', (profile) => {
  let server: RunningServer
  let owner: Person
  let member: Person
  let other: Person
  let serverId: string
  let channelId: string
  let roles: Record<string, string>
  const open: Inbox[] = []
  beforeAll(async () => {
    server = await startServer(profile)
    ;[owner, member, other] = [await signUp(server.url), await signUp(server.url), await signUp(server.url)]
  })
  afterAll(() => server?.stop())
  beforeEach(async () => {
    for (const inbox of open.splice(0)) inbox.disconnect()
    ;({ serverId, channelId } = await makeServer(owner, [member, other]))
    const { body } = await owner.call('GET', `/servers/${serverId}/roles`)
    roles = Object.fromEntries((body.roles as unknown as Role[]).map(({ name, id }) => [name, id]))
  })

  const listen = async (who: Person, topic = `channel:${channelId}`) => {
    const { inbox } = await join(who.connect(), topic)
    open.push(inbox)
    const closed = new Promise<number>((resolve) => inbox.channel.onClose(() => resolve(Date.now())))
    return { inbox, closed }
  }
  const say = (inbox: Inbox, content: string) => push(inbox, 'message:send', { content })
  const contentsOf = (inbox: Inbox) => inbox.of('message:new').map(({ content }) => content)
  const within = async (closed: Promise<number>, act: () => Promise<{ status: number }>) => {
    const startedAt = Date.now()
    expect((await act()).status).toBeLessThan(300)
    return (await closed) - startedAt
  }

  it('puts a banned member out of every topic soon, hands them nothing more, and lets no invite undo it', async () => {
    const mine = await listen(member)
    const topic = await listen(member, `server:${serverId}`)
    const theirs = await listen(other)
    const { body } = await owner.call('POST', `/servers/${serverId}/invites`)

    const took = await within(mine.closed, () => owner.call('PUT', `/servers/${serverId}/bans/${member.id}`))
    await topic.closed
    await say(theirs.inbox, 'after')

    await theirs.inbox.have('message:new', 1)
    expect(took).toBeLessThan(SOON_MS)
    expect(contentsOf(mine.inbox)).toEqual([])
    const { code } = body.invite as unknown as { code: string }
    expect((await member.call('POST', `/invites/${code}`)).body.error).toMatchObject({ reason: 'BANNED' })
    expect(await refusal(join(member.connect(), `channel:${channelId}`))).toMatchObject({ code: 'not_found' })
  })

  it('puts those out of a channel who may not view it any more, and nobody else', async () => {
    await owner.call('PUT', `/servers/${serverId}/members/${other.id}/roles/${roles.moderator}`)
    const override = `/channels/${channelId}/overrides`
    await owner.call('PUT', `${override}/${roles.moderator}`, { allow: ['view_channel'] })
    const mine = await listen(member)
    const theirs = await listen(other)

    const took = await within(mine.closed, () =>
      owner.call('PUT', `${override}/${serverId}`, { deny: ['view_channel'] }),
    )
    await say(theirs.inbox, 'among us')
    await theirs.inbox.have('message:new', 1)
    const tookToo = await within(theirs.closed, () =>
      owner.call('DELETE', `/servers/${serverId}/members/${other.id}/roles/${roles.moderator}`),
    )

    expect(Math.max(took, tookToo)).toBeLessThan(SOON_MS)
    expect(contentsOf(mine.inbox)).toEqual([])
    expect(await refusal(join(member.connect(), `channel:${channelId}`))).toMatchObject({ code: 'not_found' })
  })

  it('refuses what somebody may no longer write, and keeps them reading', async () => {
    const mine = await listen(member)
    const theirs = await listen(owner)
    await say(mine.inbox, 'before')

    await owner.call('PUT', `/channels/${channelId}/overrides/${serverId}`, { deny: ['send_messages'] })

    expect(await refusal(say(mine.inbox, 'after'))).toMatchObject({
      code: 'permission_denied',
      reason: 'MISSING_PERMISSION',
    })
    await say(theirs.inbox, 'to be read')
    await mine.inbox.have('message:new', 2)
    expect(contentsOf(mine.inbox)).toEqual(['before', 'to be read'])
  })

  it('closes the topics of a deleted channel and of a deleted server, whose topic tells of it last', async () => {
    const made = await owner.call('POST', `/servers/${serverId}/channels`, { name: 'green' })
    const { id } = made.body.channel as unknown as { id: string }
    const inChannel = await listen(member, `channel:${id}`)
    const inServer = await listen(member, `server:${serverId}`)

    expect(await within(inChannel.closed, () => owner.call('DELETE', `/channels/${id}`))).toBeLessThan(
      SOON_MS,
    )
    await inServer.inbox.have('channel:deleted', 1)
    expect(await within(inServer.closed, () => owner.call('DELETE', `/servers/${serverId}`))).toBeLessThan(
      SOON_MS,
    )
    expect(inServer.inbox.of('server:deleted')).toEqual([{ server_id: serverId }])
  })

  it('tells a server’s topic and a user’s own what happens there', async () => {
    const newcomer = await signUp(server.url)
    const own = await listen(newcomer, `user:${newcomer.id}`)
    const { inbox } = await listen(member, `server:${serverId}`)
    const path = `/servers/${serverId}`

    const { body } = await owner.call('POST', `${path}/invites`)
    await newcomer.call('POST', `/invites/${(body.invite as unknown as { code: string }).code}`)
    // Who has left again before it could be told is told of that alone.
    await own.inbox.have('server:joined', 1)
    await owner.call('PATCH', path, { name: 'Coffee' })
    await owner.call('PUT', `${path}/members/${newcomer.id}/roles/${roles.moderator}`)
    const made = await owner.call('POST', `${path}/roles`, { name: 'helper', permissions: [] })
    const roleId = (made.body.role as unknown as Role).id
    await owner.call('PATCH', `${path}/roles/${roleId}`, { name: 'aide' })
    await owner.call('DELETE', `${path}/roles/${roleId}`)
    const channel = await owner.call('POST', `${path}/channels`, { name: 'green' })
    await owner.call('PATCH', `/channels/${(channel.body.channel as unknown as Role).id}`, { topic: 'tea' })
    await newcomer.call('DELETE', `${path}/members/${newcomer.id}`)

    await inbox.have('member:left', 1)
    await own.inbox.have('server:left', 1)
    expect(inbox.events.map(({ event }) => event)).toEqual([
      'member:joined',
      'server:updated',
      'member:updated',
      'role:created',
      'role:updated',
      'role:deleted',
      'channel:created',
      'channel:updated',
      'member:left',
    ])
    expect(inbox.of('member:updated')[0]).toMatchObject({
      member: { user: { id: newcomer.id }, role_ids: [roles.moderator] },
    })
    expect(inbox.of('channel:updated')[0]).toMatchObject({ channel: { topic: 'tea' } })
    expect(own.inbox.events.map(({ event }) => event)).toEqual(['server:joined', 'server:left'])
  })

  it('tells nothing of a channel to who may not view it', async () => {
    const made = await owner.call('POST', `/servers/${serverId}/channels`, { name: 'staff' })
    const { id } = made.body.channel as unknown as { id: string }
    await owner.call('PUT', `/channels/${id}/overrides/${serverId}`, { deny: ['view_channel'] })
    const mine = await listen(member, `server:${serverId}`)
    const theirs = await listen(owner, `server:${serverId}`)

    await owner.call('PATCH', `/channels/${id}`, { topic: 'secret' })
    await owner.call('PATCH', `/servers/${serverId}`, { name: 'Coffee' })

    await Promise.all([mine, theirs].map(({ inbox }) => inbox.have('server:updated', 1)))
    expect(theirs.inbox.of('channel:updated').at(-1)).toMatchObject({ channel: { topic: 'secret' } })
    expect(mine.inbox.of('channel:updated')).toEqual([])
  })

  it('says how long slow mode makes one wait', async () => {
    await owner.call('PATCH', `/channels/${channelId}`, { slow_mode_s: 600 })
    const { inbox } = await listen(member)

    await push(inbox, 'message:send', { content: 'one', nonce: 'n' })
    const refused = await refusal(say(inbox, 'two'))
    await push(inbox, 'message:send', { content: 'one', nonce: 'n' })
    const { status, body } = await member.call('POST', '/messages', { channel_id: channelId, content: 'two' })

    expect(refused).toMatchObject({ code: 'resource_exhausted', reason: 'SLOW_MODE', retryable: true })
    expect(refused.retry_after_ms).toBeGreaterThan(500_000)
    expect([status, body.error]).toMatchObject([429, { reason: 'SLOW_MODE' }])
  })
})

describe.runIf(profiles.includes('full'))('communities on several programs (full)', () => {
  let server: RunningServer
  let second: Program
  let secondUrl: string
  let folder: string
  let owner: Person
  let member: Person
  beforeAll(async () => {
    server = await startServer('full')
    folder = await mkdtemp(joinPath(tmpdir(), 'recado-gateway-'))
    const port = await freePort()
    secondUrl = `http://127.0.0.1:${port}`
    const env = { ...server.env, RECADO_HTTP_PORT: `${port}` }
    second = Program.start('gateway-2', 'gateway', env, joinPath(folder, 'gateway-2.log'))
    await eventually(
      () =>
        fetch(`${secondUrl}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      60_000,
    )
    ;[owner, member] = [await signUp(server.url), await signUp(server.url)]
  })
  afterAll(async () => {
    await second?.stop()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('closes a topic on another gateway than the one where the sight was taken', async () => {
    const { channelId, serverId } = await makeServer(owner, [member])
    const { connect } = await import('../support/chat.js')
    const { inbox } = await join(connect(secondUrl, member.token), `channel:${channelId}`)
    const closed = new Promise((resolve) => inbox.channel.onClose(resolve as never))

    await owner.call('PUT', `/channels/${channelId}/overrides/${serverId}`, { deny: ['view_channel'] })

    await closed
    inbox.disconnect()
  })

  it('refuses what a banned member, or one who may no longer write, still has in the queue', async () => {
    const { channelId, serverId } = await makeServer(owner, [member])
    const writer = await signUp(server.url)
    await owner.call('PUT', `/servers/${serverId}/members/${writer.id}`)
    const { inbox } = await join(member.connect(), `channel:${channelId}`)
    const theirs = await join(writer.connect(), `channel:${channelId}`)
    const consumer = server.pids['consumer-1'] ?? 0

    process.kill(consumer, 'SIGSTOP')
    try {
      await push(inbox, 'message:send', { content: 'mine' })
      await push(theirs.inbox, 'message:send', { content: 'theirs' })
      await owner.call('PUT', `/servers/${serverId}/bans/${member.id}`)
      await owner.call('PUT', `/channels/${channelId}/overrides/${serverId}`, { deny: ['send_messages'] })
    } finally {
      process.kill(consumer, 'SIGCONT')
    }

    const [rejected] = await theirs.inbox.have('message:rejected', 1)
    expect(rejected).toMatchObject({ code: 'permission_denied', reason: 'MISSING_PERMISSION' })
    await owner.call('POST', '/messages', { channel_id: channelId, content: 'the owner’s' })
    const { body } = await owner.call('GET', `/history?channel_id=${channelId}`)
    expect((body.messages as unknown as { content: string }[]).map(({ content }) => content)).toEqual([
      'the owner’s',
    ])
    inbox.disconnect()
    theirs.inbox.disconnect()
  })
})
