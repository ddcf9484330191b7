import { expect, it } from 'vitest'
import { MemoryConnection, MemoryJoin, messageEvent } from '../../test/support/gateway-doubles.js'
import { Connections } from '../connections/connections.js'
import { Audience } from './audience.js'

function setUp() {
  const connections = new Connections()
  const join = (id: string, channelId: string): MemoryJoin => {
    const joined = new MemoryJoin(new MemoryConnection({ id }), `channel:${channelId}`, (left) =>
      connections.leave(left),
    )
    connections.join(joined, 's')
    return joined
  }
  return { audience: new Audience('c', connections), join }
}

it('hands an event to all who have joined the channel, and to nobody else', () => {
  const { audience, join } = setUp()
  const [ann, ben, zoe] = [join('ann', 'c'), join('ben', 'c'), join('zoe', 'other')]

  audience.receive(messageEvent('c', 7, 'Olá'))
  ben.end()
  audience.receive(messageEvent('c', 8))

  expect(ann.connection.seqs).toEqual([7, 8])
  expect(ben.connection.seqs).toEqual([7])
  expect(zoe.connection.seqs).toEqual([])
  expect(ann.connection.frames[0]).toEqual([
    'channel:c',
    'message:new',
    {
      id: 'c-7',
      channel_id: 'c',
      server_id: 's',
      sender_id: 'u',
      content: 'Olá',
      timestamp: '2026-01-03T12:00:00.000Z',
      seq: 7,
      count: 7,
    },
  ])
})

it('skips what it does not know', () => {
  const { audience, join } = setUp()
  const ann = join('ann', 'c')

  audience.receive({ ...messageEvent('c', 7), what: undefined })

  expect(ann.connection.frames).toEqual([])
})

it('has everybody join again when the sequence begins anew', () => {
  const { audience, join } = setUp()
  const [ann, ben] = [join('ann', 'c'), join('ben', 'c')]

  audience.reset()

  expect([ann.endedBy, ben.endedBy]).toEqual(['crash', 'crash'])
})
