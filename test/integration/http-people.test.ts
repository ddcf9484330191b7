import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Fresh } from '../support/adapters.js'
import { connect, eventually, join } from '../support/chat.js'
import { ask, makeServer, signUp, type SignedUp } from '../support/http-client.js'
import { startHttpFace, type HttpFace } from '../support/http-face.js'

let face: Fresh<HttpFace>
let url: string
beforeAll(async () => {
  face = await startHttpFace()
  url = face.value.url
}, 60_000)
afterAll(() => face.drop())

const signIn = ({ username }: SignedUp, password = 'caixa postal') =>
  ask(url, 'POST /sessions', { body: { username, password } })
const isIn = async (token: string) => (await ask(url, 'GET /users/me', { token })).status === 200

describe('the profile', () => {
  it('is changed with PATCH /users/me and read by others', async () => {
    const [ana, bo] = [await signUp(url), await signUp(url)]
    const body = { display_name: 'Ana', about: 'Chá, às cinco.' }

    const changed = await ask(url, 'PATCH /users/me', { token: ana.token, body })

    expect(changed.status).toBe(200)
    expect(changed.body.user).toMatchObject({ id: ana.id, username: ana.username, ...body })
    expect((await ask(url, `GET /users/${ana.id}`, { token: bo.token })).body).toEqual(changed.body)
    const emptied = await ask(url, 'PATCH /users/me', { token: ana.token, body: { display_name: '' } })
    expect(emptied.body.user).toEqual({ ...changed.body.user, display_name: undefined })
  })

  it.each([{}, { display_name: 'x'.repeat(65) }, { about: 5 }, { username: 'other' }])(
    'refuses %j',
    async (body) => {
      const { token } = await signUp(url)

      const { status } = await ask(url, 'PATCH /users/me', { token, body })

      expect(status).toBe(400)
    },
  )

  it('is found by name with GET /users?username=', async () => {
    const [ana, bo] = [await signUp(url), await signUp(url)]
    const find = (name: string) =>
      ask(url, `GET /users?username=${encodeURIComponent(name)}`, { token: bo.token })

    const found = await find(ana.username)

    expect(found.status).toBe(200)
    expect(found.body.users).toEqual([expect.objectContaining({ id: ana.id, username: ana.username })])
    expect((await find('nobody of this name')).body).toEqual({ users: [] })
    expect((await ask(url, 'GET /users', { token: bo.token })).status).toBe(400)
  })
})

describe('a profile that is changed', () => {
  it('is told to the members of one’s servers', async () => {
    const [ana, bo] = [await signUp(url), await signUp(url)]
    const { id: serverId } = await makeServer(url, ana, [bo.id])
    const socket = connect(url, bo.token)
    const { inbox } = await join(socket, `server:${serverId}`)

    await ask(url, 'PATCH /users/me', { token: ana.token, body: { display_name: 'Ana 2' } })

    const [told] = await inbox.have('member:updated', 1)
    expect(told).toMatchObject({ member: { user: { id: ana.id, display_name: 'Ana 2' } } })
    const body = { days: 30 }
    expect((await ask(url, `PUT /servers/${serverId}/retention`, { token: ana.token, body })).status).toBe(
      204,
    )
    const [updated] = await inbox.have('server:updated', 1)
    expect(updated).toMatchObject({ server: { id: serverId, retention_days: 30 } })
    socket.disconnect()
    for (const days of [0, 3_651, 1.5, '7', undefined])
      expect(
        (await ask(url, `PUT /servers/${serverId}/retention`, { token: ana.token, body: { days } })).status,
      ).toBe(400)
    expect((await ask(url, `PUT /servers/${serverId}/retention`, { token: bo.token, body })).status).toBe(403)
    expect(
      (await ask(url, `PUT /servers/${serverId}/retention`, { token: ana.token, body: { days: null } }))
        .status,
    ).toBe(204)
    const { server } = (await ask(url, `GET /servers/${serverId}`, { token: ana.token })).body
    expect(server.retention_days).toBeUndefined()
  })
})

describe('the account', () => {
  it('is deleted with DELETE /users/me by who knows the password and owns no server', async () => {
    const ana = await signUp(url)
    const { id } = await makeServer(url, ana)
    const remove = (password?: string) =>
      ask(url, 'DELETE /users/me', { token: ana.token, body: { password } })

    expect((await remove()).status).toBe(400)
    expect((await remove('wrong password')).body.error.reason).toBe('WRONG_PASSWORD')
    const owning = await remove('caixa postal')
    expect([owning.status, owning.body.error.reason, Object.keys(owning.body.error.details)]).toEqual([
      400,
      'OWNS_SERVERS',
      [id],
    ])
    await ask(url, `DELETE /servers/${id}`, { token: ana.token })
    expect((await remove('caixa postal')).status).toBe(204)
    expect(await isIn(ana.token)).toBe(false)
    expect((await signIn(ana)).status).toBe(401)
    const again = await ask(url, 'POST /users', {
      body: { username: ana.username, password: 'caixa postal' },
    })
    expect(again.status).toBe(201)
    const seen = await ask(url, `GET /users/${ana.id}`, { token: again.body.token })
    expect(seen.body.user).toEqual({
      id: ana.id,
      username: '',
      created_at: expect.any(String),
      deleted_at: expect.any(String),
    })
  })
})

describe('the password', () => {
  it('is changed with PUT /users/me/password: this session goes on, the others and their sockets end', async () => {
    const ana = await signUp(url)
    const other = (await signIn(ana)).body.token as string
    const socket = connect(url, other)
    await new Promise<void>((resolve) => socket.onOpen(resolve))
    const closed = new Promise<number>((resolve) =>
      socket.onClose((event: { code: number }) => resolve(event.code)),
    )
    const body = { current_password: 'caixa postal', new_password: 'carta azul' }

    const { status } = await ask(url, 'PUT /users/me/password', { token: ana.token, body })

    expect(status).toBe(204)
    expect(await closed).toBe(1001)
    socket.disconnect()
    expect([await isIn(ana.token), await isIn(other)]).toEqual([true, false])
    expect((await signIn(ana)).status).toBe(401)
    expect((await signIn(ana, 'carta azul')).status).toBe(201)
  })

  it('is not changed by who does not know it, and not tried without end', async () => {
    const { token } = await signUp(url)
    const change = (current_password: string) =>
      ask(url, 'PUT /users/me/password', { token, body: { current_password, new_password: 'carta azul' } })
    for (let n = 0; n < 10; n++) {
      const { status, body } = await change('wrong password')
      expect([status, body.error.reason]).toEqual([403, 'WRONG_PASSWORD'])
    }

    expect((await change('caixa postal')).status).toBe(429)
    expect(await isIn(token)).toBe(true)
  })
})

describe('sessions', () => {
  it('are renewed with POST /sessions/renewal', async () => {
    const { token } = await signUp(url)

    const { status, body } = await ask(url, 'POST /sessions/renewal', { token })

    expect(status).toBe(201)
    expect(Date.parse(body.expires_at)).toBeGreaterThan(Date.now() + 29 * 86_400_000)
    expect([await isIn(body.token), await isIn(token)]).toEqual([true, true])
    await ask(url, 'DELETE /sessions', { token })
    expect(await isIn(body.token)).toBe(false)
  })

  it('end everywhere with DELETE /sessions/all', async () => {
    const ana = await signUp(url)
    const other = (await signIn(ana)).body.token as string

    const { status } = await ask(url, 'DELETE /sessions/all', { token: ana.token })

    expect(status).toBe(204)
    expect([await isIn(ana.token), await isIn(other)]).toEqual([false, false])
  })
})

describe('blocks', () => {
  it('are set, listed and lifted', async () => {
    const [ana, bo] = [await signUp(url), await signUp(url)]
    const path = `/users/me/blocks/${bo.id}`
    const list = async () => (await ask(url, 'GET /users/me/blocks', { token: ana.token })).body

    expect((await ask(url, `PUT ${path}`, { token: ana.token })).status).toBe(204)
    expect(await list()).toEqual({ users: [expect.objectContaining({ id: bo.id })] })
    expect((await ask(url, `DELETE ${path}`, { token: ana.token })).status).toBe(204)
    expect(await list()).toEqual({ users: [] })
    expect((await ask(url, 'PUT /users/me/blocks/nobody', { token: ana.token })).status).toBe(404)
    expect((await ask(url, `PUT /users/me/blocks/${ana.id}`, { token: ana.token })).status).toBe(400)
  })
})

describe('the export', () => {
  it('holds the profile, servers, directs, blocks and every message of one’s own, and tells when it is whole', async () => {
    const [ana, bo] = [await signUp(url), await signUp(url)]
    const { id: serverId, channelId } = await makeServer(url, ana, [bo.id])
    const direct = (await ask(url, 'POST /directs', { token: ana.token, body: { user_id: bo.id } })).body
      .channel.id
    const send = async ({ token }: SignedUp, body: object) =>
      (await ask(url, 'POST /messages', { token, body })).body.message
    const own = [
      await send(ana, { channel_id: channelId, content: 'Olá\n"!"', data: { a: [1.0, '\n'] } }),
      await send(ana, { channel_id: direct, content: '🎈' }),
    ]
    for (let n = 0; n < 120; n++) own.push(await send(ana, { channel_id: channelId, content: `number ${n}` }))
    await send(bo, { channel_id: channelId, content: 'not hers' })
    await ask(url, `PUT /users/me/blocks/${bo.id}`, { token: ana.token })
    const exported = async () => {
      const { status, headers, body } = await ask(url, 'GET /users/me/export', { token: ana.token })
      expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8'])
      return (body as string)
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    }

    const lines = await eventually(async () => {
      const found = await exported()
      return found.length >= own.length + 5 && found
    })

    const others = lines.filter(({ kind }) => kind !== 'message')
    expect(others).toEqual([
      { kind: 'user', user: expect.objectContaining({ id: ana.id, username: ana.username }) },
      { kind: 'membership', server: { id: serverId, name: 'Tea' }, joined_at: expect.any(String) },
      { kind: 'direct', channel_id: direct, user_ids: [ana.id, bo.id].sort() },
      { kind: 'blocked', user: expect.objectContaining({ id: bo.id }) },
      { kind: 'end' },
    ])
    const messages = lines.flatMap(({ kind, message }) => (kind === 'message' ? [message] : []))
    const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1)
    expect(messages.sort(byId)).toEqual(own.sort(byId))
    expect(lines.at(-1)).toEqual({ kind: 'end' })
  })

  it('is made ten times an hour at most', async () => {
    const { token } = await signUp(url)
    const statuses: number[] = []
    for (let n = 0; n < 11; n++) statuses.push((await ask(url, 'GET /users/me/export', { token })).status)

    expect(statuses).toEqual([...Array<number>(10).fill(200), 429])
  })
})

it.each([
  'GET /users/me/export',
  'PATCH /users/me',
  'DELETE /users/me',
  'PUT /servers/x/retention',
  'GET /users?username=x',
  'PUT /users/me/password',
  'POST /sessions/renewal',
  'DELETE /sessions/all',
  'GET /users/me/blocks',
  'PUT /users/me/blocks/x',
  'DELETE /users/me/blocks/x',
])('%s refuses who has no token', async (what) => {
  expect((await ask(url, what)).status).toBe(401)
})
