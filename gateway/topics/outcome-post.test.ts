import { expect, it } from 'vitest'
import { MemoryConnection, MemoryJoin } from '../../test/support/gateway-doubles.js'
import { Connections } from '../connections/connections.js'
import { OutcomePost } from './outcome-post.js'

function setUp() {
  const connections = new Connections()
  const post = new OutcomePost(connections)
  const connection = new MemoryConnection({ id: 'ann' })
  connections.add(connection)
  const letter = (topic: string, seq: number) => ({ topic, event: 'message:ack', payload: { seq } })
  return { post, connection, letter, connections }
}

it('keeps the outcomes of each topic for its own join, in order', () => {
  const { post, connection, letter } = setUp()
  for (const seq of [1, 2]) post.send(connection, letter('channel:a', seq))
  post.send(connection, letter('channel:b', 3))

  post.deliver(new MemoryJoin(connection, 'channel:a'))
  expect(connection.seqs).toEqual([1, 2])
  post.deliver(new MemoryJoin(connection, 'channel:a'))
  post.deliver(new MemoryJoin(connection, 'channel:b'))

  expect(connection.seqs).toEqual([1, 2, 3])
})

it('keeps at most 200 for a connection, the newest', () => {
  const { post, connection, letter } = setUp()

  for (let seq = 1; seq <= 250; seq++) post.send(connection, letter('channel:a', seq))
  post.deliver(new MemoryJoin(connection, 'channel:a'))

  expect(connection.seqs).toEqual(Array.from({ length: 200 }, (_, at) => at + 51))
})

it('forgets a connection', () => {
  const { post, connection, letter, connections } = setUp()
  post.send(connection, letter('channel:a', 1))

  connections.remove(connection)
  post.forget(connection)
  post.send(connection, letter('channel:a', 2))
  post.deliver(new MemoryJoin(connection, 'channel:a'))

  expect(connection.frames).toEqual([])
})
