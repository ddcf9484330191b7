import { expect, it, onTestFinished, vi } from 'vitest'
import { Connections } from '../connections/connections.js'
import { RecadoError } from '../../lib/errors.js'
import { MemoryConnection, MemoryJoin, silentLog } from '../../test/support/gateway-doubles.js'
import { Activities } from './activities.js'
import { PresentUsers } from './present-users.js'

function setUp() {
  const [connections, presentUsers] = [new Connections(), new PresentUsers()]
  const state = { viewers: ['ana', 'bo'], isAway: false, asked: 0 }
  const activities = new Activities({
    connections,
    presentUsers,
    views: {
      viewersOf: (_channelId, _serverId, userIds) =>
        state.isAway
          ? Promise.reject(new RecadoError('unavailable', 'Core is away.'))
          : Promise.resolve([...userIds].filter((id) => state.viewers.includes(id))),
    },
    askParticipants: (channelIds) => {
      state.asked += channelIds.length
      return Promise.resolve(channelIds.map((channelId) => ({ channelId, userIds: ['ana', 'dee'] })))
    },
    log: silentLog,
  })
  const here = (id: string, serverIds: string[] = []) => {
    const join = new MemoryJoin(new MemoryConnection({ id }), `user:${id}`)
    connections.add(join.connection)
    presentUsers.add(join, serverIds)
    return join
  }
  const active = async (channelId: string, serverId: string, seq: number, senderId = 'zoe') => {
    activities.receive([{ channelId, serverId, seq, count: seq, senders: [{ userId: senderId, seq }] }])
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { activities, connections, state, here, active }
}

const told = ({ connection }: MemoryJoin) => connection.frames.map(([, event, payload]) => [event, payload])

it('tells members who may view the channel and have not joined it', async () => {
  const { connections, here, active } = setUp()
  const [ana, bo, cem, stranger] = [here('ana', ['s']), here('bo', ['s']), here('cem', ['s']), here('eve')]
  connections.join(new MemoryJoin(bo.connection, 'channel:c'), 's')

  await active('c', 's', 7)

  expect(told(ana)).toEqual([['activity', { channel_id: 'c', seq: 7, count: 7 }]])
  for (const other of [bo, cem, stranger]) expect(told(other)).toEqual([])
})

it('tells whoever wrote that it is read, on every connection', async () => {
  const { connections, here, active } = setUp()
  const [phone, desk] = [here('ana', ['s']), here('ana', ['s'])]
  connections.join(new MemoryJoin(desk.connection, 'channel:c'), 's')

  await active('c', 's', 7, 'ana')

  const read = ['read', { channel_id: 'c', seq: 7 }]
  expect(told(phone)).toEqual([['activity', { channel_id: 'c', seq: 7, count: 7 }], read])
  expect(told(desk)).toEqual([read])
})

it('asks once who is in a direct', async () => {
  const { state, here, active } = setUp()
  const [ana, bo] = [here('ana'), here('bo')]

  await active('d', '', 1)
  await active('d', '', 2)

  expect(told(ana)).toHaveLength(2)
  expect(told(bo)).toEqual([])
  expect(state.asked).toBe(1)
})

it('has everybody read where core does not answer', async () => {
  const { state, here, active } = setUp()
  const ana = here('ana', ['s'])
  state.isAway = true

  await active('c', 's', 7)

  expect(told(ana)).toEqual([['activity:lost', {}]])
})

it('tells a crowd little by little, and again whoever was told before something more was lost', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { activities, here } = setUp()
  const joins = Array.from({ length: 450 }, (_, nth) => here(`user-${nth}`))
  const tolds = () => joins.map((join) => told(join).length)

  activities.lose()
  expect(tolds().filter((count) => count === 1)).toHaveLength(200)
  activities.lose()
  await vi.runAllTimersAsync()

  expect(tolds()).toEqual([...Array.from({ length: 200 }, () => 2), ...Array.from({ length: 250 }, () => 1)])
})
