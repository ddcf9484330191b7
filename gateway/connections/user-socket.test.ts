import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { RecadoError } from '../../lib/errors.js'
import { MemoryConnection, silentLog } from '../../test/support/gateway-doubles.js'
import { Connections } from './connections.js'
import type { LostRight } from './lost-rights.js'
import { UserSocket, type ConnectionLimits } from './user-socket.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp(limits: Partial<ConnectionLimits> = {}) {
  const connections = new Connections()
  const closed: string[] = []
  const state = { lost: [] as LostRight[], failure: undefined as Error | undefined, asked: 0 }
  const socket = new UserSocket({
    connections,
    rightsLog: {
      since: () => {
        if (state.failure) throw state.failure
        return state.lost
      },
    },
    verify: (token) => {
      state.asked += 1
      if (state.failure) return Promise.reject(state.failure)
      if (token === 'bad') return Promise.resolve(undefined)
      return Promise.resolve({ id: token, sessionId: `session of ${token}`, position: 1, endsAt: Infinity })
    },
    topic: () => undefined,
    onClosed: ({ id }) => closed.push(id),
    limits,
    log: silentLog,
  })
  const connect = (token: string | undefined, remoteAddress = '10.0.0.1') =>
    socket.connect({ token, params: {}, remoteAddress })
  const open = (id: string, remoteAddress?: string): MemoryConnection => {
    const connection = new MemoryConnection({ id }, remoteAddress)
    socket.opened(connection)
    return connection
  }
  return { socket, connections, closed, state, connect, open }
}

it('lets in whose token is good', async () => {
  const { connect } = setUp()

  expect(await connect('ann')).toMatchObject({ id: 'ann' })
})

it.each([
  [undefined, undefined, 403, 'token'],
  ['bad', undefined, 403, 'sign in'],
  ['t', new RecadoError('unauthenticated', 'a wrong service token'), 503, 'just now'],
  ['t', new RecadoError('unavailable', 'core-1 is away'), 503, 'just now'],
  ['t', new Error('ECONNREFUSED 10.1.2.3'), 503, 'just now'],
])('refuses %j where the check says %s with %i', async (token, failure, status, text) => {
  const { connect, state } = setUp()
  state.failure = failure

  await expect(connect(token)).rejects.toMatchObject({
    status,
    message: expect.stringContaining(text) as string,
  })
})

it('limits the connections of a user', async () => {
  const { socket, connect, open } = setUp({ perUser: 2 })
  const first = open('ann')
  open('ann')

  await expect(connect('ann')).rejects.toMatchObject({ status: 429 })
  expect(await connect('ben')).toMatchObject({ id: 'ben' })
  socket.closed(first)

  expect(await connect('ann')).toMatchObject({ id: 'ann' })
})

it('sends away who was let in beside others', () => {
  const { open } = setUp({ perUser: 1 })

  const [one, two] = [open('ann'), open('ann')]

  expect([one.closedWith, two.closedWith]).toEqual([undefined, 1013])
})

it('limits the connections from an address, before it asks whose token it is', async () => {
  const { connect, open, state } = setUp({ perAddress: 1 })
  open('ann', '10.0.0.7')

  await expect(connect('ben', '10.0.0.7')).rejects.toMatchObject({ status: 429 })
  expect(state.asked).toBe(0)
  expect(await connect('ben', '10.0.0.8')).toMatchObject({ id: 'ben' })
})

it('has no limits where they are 0', async () => {
  const { connect, open } = setUp({ perUser: 0, perAddress: 0 })
  for (let n = 0; n < 3; n++) open('ann')

  expect(await connect('ann')).toMatchObject({ id: 'ann' })
})

it('closes who was signed out while connecting, and nobody else', () => {
  const { open, state } = setUp()
  state.lost = [{ $case: 'signedOut', value: { sessionId: 'session of ann' } }]

  expect([open('ann').closedWith, open('ben').closedWith]).toEqual([1001, undefined])
})

it('has connect again whose check is older than what is known', () => {
  const { open, state } = setUp()
  state.failure = new RecadoError('unavailable', 'too old')

  expect(open('ann').closedWith).toBe(1012)
})

it('closes a connection within a second of the end of its session', async () => {
  const { socket } = setUp()
  const endsAt = performance.now() + 5_000
  const [ann, gone, ben] = [
    new MemoryConnection({ id: 'ann', endsAt }),
    new MemoryConnection({ id: 'gone', endsAt }),
    new MemoryConnection({ id: 'ben' }),
  ]
  for (const connection of [ann, gone, ben]) socket.opened(connection)
  socket.closed(gone)

  await vi.advanceTimersByTimeAsync(4_900)
  expect(ann.closedWith).toBeUndefined()
  await vi.advanceTimersByTimeAsync(700)

  expect([ann, gone, ben].map(({ closedWith }) => closedWith)).toEqual([1001, undefined, undefined])
})

it('tells of what is gone', () => {
  const { socket, closed, connections, open } = setUp()
  const connection = open('ann')

  socket.closed(connection)

  expect(closed).toEqual([connection.id])
  expect(connections.size).toBe(0)
})
