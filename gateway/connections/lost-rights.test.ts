import { expect, it } from 'vitest'
import { MemoryConnection, MemoryJoin } from '../../test/support/gateway-doubles.js'
import { Connections } from './connections.js'
import { isLostBy, takeAway, type LostRight } from './lost-rights.js'

/** Two servers: `s1` with the channels `a` and `b`, `s2` with `c`. Ann has two connections in all of them, Ben one. */
function setUp() {
  const connections = new Connections()
  const connect = (id: string, sessionId: string): Record<string, MemoryJoin> => {
    const connection = new MemoryConnection({ id, sessionId })
    connections.add(connection)
    return Object.fromEntries(
      ['a', 'b', 'c'].map((channelId) => {
        const join = new MemoryJoin(connection, `channel:${channelId}`, (left) => connections.leave(left))
        connections.join(join, channelId === 'c' ? 's2' : 's1')
        return [channelId, join]
      }),
    )
  }
  return {
    connections,
    ann: connect('ann', 'ann-1'),
    annToo: connect('ann', 'ann-2'),
    ben: connect('ben', 'ben-1'),
  }
}

const none = () => undefined

const joined = (joins: Record<string, MemoryJoin>): string =>
  Object.keys(joins)
    .filter((channelId) => joins[channelId]!.isJoined)
    .join('')

it.each<[string, LostRight, string, string, string]>([
  ['a removed member', { $case: 'memberRemoved', value: { serverId: 's1', userId: 'ann' } }, 'c', 'c', 'abc'],
  ['a stranger', { $case: 'memberRemoved', value: { serverId: 's1', userId: 'zoe' } }, 'abc', 'abc', 'abc'],
  [
    'another server',
    { $case: 'memberRemoved', value: { serverId: 's9', userId: 'ann' } },
    'abc',
    'abc',
    'abc',
  ],
  ['a session that ended', { $case: 'signedOut', value: { sessionId: 'ann-1' } }, '', 'abc', 'abc'],
  ['a deleted server', { $case: 'serverDeleted', value: { serverId: 's1' } }, 'c', 'c', 'c'],
  ['a deleted channel', { $case: 'channelDeleted', value: { channelId: 'a' } }, 'bc', 'bc', 'bc'],
])('ends what %s loses, and nothing else', (_, lost, ann, annToo, ben) => {
  const found = setUp()

  takeAway(lost, found.connections, () => undefined)

  expect([joined(found.ann), joined(found.annToo), joined(found.ben)]).toEqual([ann, annToo, ben])
})

it.each<[LostRight, boolean]>([
  [{ $case: 'memberRemoved', value: { serverId: 's1', userId: 'ann' } }, true],
  [{ $case: 'memberRemoved', value: { serverId: 's2', userId: 'ann' } }, false],
  [{ $case: 'memberRemoved', value: { serverId: 's1', userId: 'ben' } }, false],
  [{ $case: 'signedOut', value: { sessionId: 'ann-1' } }, true],
  [{ $case: 'signedOut', value: { sessionId: 'ann-2' } }, false],
  [{ $case: 'channelDeleted', value: { channelId: 'a' } }, true],
  [{ $case: 'channelDeleted', value: { channelId: 'b' } }, false],
  [{ $case: 'serverDeleted', value: { serverId: 's1' } }, true],
  [{ $case: 'serverDeleted', value: { serverId: 's2' } }, false],
  [{ $case: 'rightsChanged', value: { serverId: 's1', userId: '', channelId: '' } }, true],
  [{ $case: 'rightsChanged', value: { serverId: 's1', userId: 'ann', channelId: 'a' } }, true],
  [{ $case: 'rightsChanged', value: { serverId: 's2', userId: '', channelId: '' } }, false],
  [{ $case: 'rightsChanged', value: { serverId: 's1', userId: 'ben', channelId: '' } }, false],
  [{ $case: 'rightsChanged', value: { serverId: 's1', userId: '', channelId: 'b' } }, false],
])('%j takes a right to the channel a that is about to be used: %s', (lost, takes) => {
  const user = new MemoryConnection({ id: 'ann', sessionId: 'ann-1' }).state

  expect(isLostBy(lost, { channelId: 'a', serverId: 's1', user })).toBe(takes)
})

it('closes the joins of a removed member for good, and the connections of a session that ended', () => {
  const { connections, ann, ben } = setUp()

  takeAway({ $case: 'memberRemoved', value: { serverId: 's1', userId: 'ann' } }, connections, none)
  takeAway({ $case: 'signedOut', value: { sessionId: 'ben-1' } }, connections, none)

  expect(ann['a']!.endedBy).toBe('close')
  expect(ann['a']!.connection.closedWith).toBeUndefined()
  expect(ben['a']!.connection.closedWith).toBe(1001)
})

it('costs what it concerns, not who is connected', () => {
  const connections = new Connections()
  for (let n = 0; n < 5_000; n++) {
    const connection = new MemoryConnection({ id: `u${n}`, sessionId: `s${n}` })
    connections.add(connection)
    for (let k = 0; k < 16; k++) {
      const channel = (n * 7 + k * 31) % 500
      connections.join(new MemoryJoin(connection, `channel:c${channel}`), `server${channel % 50}`)
    }
  }
  let looks = 0
  const counting = new Proxy(connections, {
    get: (target, name: keyof Connections) => {
      looks += 1
      const value = target[name] as unknown
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })

  for (let n = 0; n < 500; n++) {
    takeAway({ $case: 'channelDeleted', value: { channelId: `x${n}` } }, counting, none)
    takeAway({ $case: 'memberRemoved', value: { serverId: 'server1', userId: `x${n}` } }, counting, none)
    takeAway({ $case: 'signedOut', value: { sessionId: `x${n}` } }, counting, none)
    takeAway({ $case: 'serverDeleted', value: { serverId: `x${n}` } }, counting, none)
  }

  expect(looks).toBe(2_500)
})

it.each([
  ['everybody in the server', '', '', ['ann a', 'ann b', 'ben a', 'ben b']],
  ['one member', 'ben', '', ['ben a', 'ben b']],
  ['one channel', '', 'a', ['ann a', 'ben a']],
  ['one member in one channel', 'ben', 'b', ['ben b']],
  ['a stranger', 'zoe', '', []],
])('asks anew about %s whom a change of rights concerns', (_name, userId, channelId, expected) => {
  const connections = new Connections()
  for (const id of ['ann', 'ben']) {
    const connection = new MemoryConnection({ id })
    connections.add(connection)
    for (const [topic, serverId] of [
      ['channel:a', 's1'],
      ['channel:b', 's1'],
      ['server:s1', 's1'],
      ['channel:c', 's2'],
    ] as const)
      connections.join(new MemoryJoin(connection, topic), serverId)
  }
  const asked: string[] = []

  takeAway({ $case: 'rightsChanged', value: { serverId: 's1', userId, channelId } }, connections, (joins) =>
    asked.push(...joins.map((join) => `${join.connection.state.id} ${join.topic.slice(-1)}`)),
  )

  expect(asked.sort()).toEqual(expected)
})
