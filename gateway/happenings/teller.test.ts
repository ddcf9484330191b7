import { expect, it } from 'vitest'
import type { Happening } from '../../gen/recado/internal/v1/happening.js'
import type { Server } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import { MemoryConnection, MemoryJoin, silentLog } from '../../test/support/gateway-doubles.js'
import { Listeners } from './listeners.js'
import { PresentUsers } from './present-users.js'
import { Teller } from './teller.js'

const channel = {
  id: 'c',
  serverId: 's',
  name: 'tea',
  createdAt: '2026-01-01T00:00:00.000Z',
  topic: '',
  slowModeS: 0,
  overrides: [],
  userIds: [],
}

function setUp() {
  const listeners = new Listeners()
  const state = {
    viewers: ['ana'],
    fault: undefined as RecadoError | undefined,
    servers: new Map<string, Server>(),
  }
  const presentUsers = new PresentUsers()
  const teller = new Teller({
    presentUsers,
    notices: { tell: () => Promise.resolve() },
    views: { forgetServer: () => undefined, forgetMember: () => undefined },
    listeners,
    viewersOf: () => (state.fault ? Promise.reject(state.fault) : Promise.resolve(new Set(state.viewers))),
    readServer: (userId) => {
      const server = state.servers.get(userId)
      return server ? Promise.resolve(server) : Promise.reject(new RecadoError('not_found', 'No.'))
    },
    log: silentLog,
  })
  const listen = (id: string, topic: string, position = 0) => {
    const join = new MemoryJoin(new MemoryConnection({ id }), topic, (left) => listeners.remove(left))
    listeners.add(join, position)
    return join
  }
  const tell = (topic: string, what: Happening['what'], position = 1) =>
    teller.tell({ position, topic, what })
  return { state, presentUsers, listen, tell }
}

const read: Happening['what'] = { $case: 'read', value: { channelId: 'c', seq: 3 } }

it('tells those who joined the topic and began before it', async () => {
  const { listen, tell } = setUp()
  const [early, late, other] = [
    listen('ana', 'user:ana', 4),
    listen('ana', 'user:ana', 5),
    listen('bo', 'user:bo'),
  ]

  await tell('user:ana', read, 5)

  expect(early.connection.frames).toEqual([['user:ana', 'read', { channel_id: 'c', seq: 3, position: 5 }]])
  expect(late.connection.frames).toEqual([])
  expect(other.connection.frames).toEqual([])
})

it('tells of a channel only those who may view it', async () => {
  const { listen, tell } = setUp()
  const [ana, bo] = [listen('ana', 'server:s'), listen('bo', 'server:s')]

  await tell('server:s', { $case: 'channelCreated', value: channel })

  expect(ana.connection.frames).toMatchObject([['server:s', 'channel:created', { channel: { id: 'c' } }]])
  expect(bo.connection.frames).toEqual([])
})

it('has those join again whom it cannot tell', async () => {
  const { state, listen, tell } = setUp()
  const ana = listen('ana', 'server:s')
  state.fault = new RecadoError('unavailable', 'Core is away.')

  await tell('server:s', { $case: 'channelUpdated', value: channel })

  expect(ana.endedBy).toBe('crash')
})

it('reads a server that was joined as its member, and leaves out one that was left again', async () => {
  const { state, listen, tell } = setUp()
  const [ana, bo] = [listen('ana', 'user:ana'), listen('bo', 'user:bo')]
  state.servers.set('ana', {
    id: 's',
    name: 'Tea',
    ownerId: 'ana',
    announcementChannelId: 'c',
    channels: [channel],
    createdAt: channel.createdAt,
    roles: [],
  })

  for (const id of ['ana', 'bo'])
    await tell(`user:${id}`, { $case: 'serverJoined', value: { serverId: 's' } })

  expect(ana.connection.frames).toMatchObject([['user:ana', 'server:joined', { server: { id: 's' } }]])
  expect(bo.connection.frames).toEqual([])
  expect(bo.isJoined).toBe(true)
})

it('tells of a server that was left once, whoever else has told it', async () => {
  const { presentUsers, listen, tell } = setUp()
  const ana = listen('ana', 'user:ana')
  presentUsers.add(ana, ['s'])
  const left: Happening['what'] = { $case: 'serverLeft', value: { serverId: 's' } }

  await tell('user:ana', left, 5)
  await tell('user:ana', left, 6)

  expect(ana.connection.frames).toEqual([['user:ana', 'server:left', { server_id: 's', position: 5 }]])
})
