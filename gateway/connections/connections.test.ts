import { expect, it } from 'vitest'
import { MemoryConnection, MemoryJoin } from '../../test/support/gateway-doubles.js'
import { Connections } from './connections.js'

it('finds connections by user, session and address, and forgets those that are gone', () => {
  const connections = new Connections()
  const [one, two] = ['1', '2'].map(
    (n) => new MemoryConnection({ id: 'ann', sessionId: `s${n}` }, `10.0.0.${n}`),
  )

  connections.add(one!)
  connections.add(two!)
  expect([...connections.ofUser('ann')]).toEqual([one, two])
  expect([...connections.ofSession('s2')]).toEqual([two])
  expect(connections.ofAddress('10.0.0.1').size).toBe(1)
  connections.remove(one!)

  expect([...connections.ofUser('ann')]).toEqual([two])
  expect(connections.ofSession('s1').size).toBe(0)
  expect(connections.ofAddress('10.0.0.1').size).toBe(0)
  expect(connections.size).toBe(1)
})

it('counts addresses of IPv6 by their /64', () => {
  const connections = new Connections()
  const [one, two] = ['2001:db8::1', '2001:db8::ffff:2'].map(
    (address) => new MemoryConnection({ id: 'ann' }, address),
  )

  for (const each of [one, two]) connections.add(each!)
  expect([...connections.ofAddress('2001:db8::3')]).toEqual([one, two])
  connections.remove(one!)

  expect([...connections.ofAddress('2001:db8::1')]).toEqual([two])
  expect(connections.ofAddress('2001:db8:1::1').size).toBe(0)
})

it('has the topics that somebody has joined, by name and by server', () => {
  const connections = new Connections()
  const connection = new MemoryConnection({ id: 'ann' })
  const [a, b] = ['a', 'b'].map((id) => new MemoryJoin(connection, `channel:${id}`))

  connections.join(a!, 's')
  connections.join(b!, 's')
  expect([...connections.topicsOf('s')].map(({ name }) => name)).toEqual(['channel:a', 'channel:b'])
  connections.leave(a!)

  expect(connections.topic('channel:a')).toBeUndefined()
  expect([...connections.topicsOf('s')].map(({ name }) => name)).toEqual(['channel:b'])
})

it('keeps a newer join of a topic when the older one leaves late', () => {
  const connections = new Connections()
  const connection = new MemoryConnection({ id: 'ann' })
  const [older, newer] = [1, 2].map(() => new MemoryJoin(connection, 'channel:a'))

  connections.join(older!, 's')
  connections.join(newer!, 's')
  connections.leave(older!)

  expect(connections.topic('channel:a')?.joins.get(connection)).toBe(newer)
})

it('sends everybody away', () => {
  const connections = new Connections()
  const all = ['ann', 'ben'].map((id) => new MemoryConnection({ id }))
  for (const connection of all) connections.add(connection)

  connections.sendAway()

  expect(all.map(({ closedWith }) => closedWith)).toEqual([1012, 1012])
})
