import { describe, expect, it } from 'vitest'
import { startTestTopics } from './mounts.js'
import { RawClient, reply } from './raw-client.js'

describe('phoenix: broadcasts', () => {
  it('B1: reach all who joined, the sender first, with null join_ref and ref', async () => {
    await using served = await startTestTopics()
    using alice = await RawClient.open(served.url)
    using bob = await RawClient.open(served.url)
    using carol = await RawClient.open(served.url)
    await alice.join('room:b', 'a')
    await bob.join('room:b', 'b')
    await carol.join('room:other', 'c')

    alice.send('a', '7', 'room:b', 'shout', { hi: 1 })

    expect(await alice.frames(2)).toEqual([
      [null, null, 'room:b', 'shout', { hi: 1 }],
      reply('a', '7', 'room:b', 'ok', {}),
    ])
    expect(await bob.text()).toBe('[null,null,"room:b","shout",{"hi":1}]')
    expect(await carol.settle()).toEqual([])
  })

  it('B2: leave the sender out where the handler wants it so', async () => {
    await using served = await startTestTopics()
    using alice = await RawClient.open(served.url)
    using bob = await RawClient.open(served.url)
    await alice.join('room:b')
    await bob.join('room:b')

    alice.send('1', '8', 'room:b', 'shout_from', { hi: 1 })

    expect(await bob.frame()).toEqual([null, null, 'room:b', 'shout', { hi: 1 }])
    expect(await alice.settle()).toEqual([])
  })

  it('become pushes with the join_ref of each subscriber where the handler wants it so', async () => {
    await using served = await startTestTopics()
    using alice = await RawClient.open(served.url)
    using bob = await RawClient.open(served.url)
    await alice.join('room:b', 'a')
    await bob.join('room:b', 'b')

    alice.send('a', '9', 'room:b', 'intercepted', { hi: 1 })

    expect(await alice.frame()).toEqual(['a', null, 'room:b', 'intercepted', { hi: 1, via: 'handle_out' }])
    expect(await bob.frame()).toEqual(['b', null, 'room:b', 'intercepted', { hi: 1, via: 'handle_out' }])
  })

  it('keep their order with replies and pushes, for every receiver', async () => {
    await using served = await startTestTopics()
    using alice = await RawClient.open(served.url)
    using bob = await RawClient.open(served.url)
    await alice.join('room:b')
    await bob.join('room:b')

    for (let n = 0; n < 300; n++) alice.send('1', n, 'room:b', n % 3 === 0 ? 'echo' : 'shout', { n })

    const mine = Array.from({ length: 300 }, (_, n) =>
      n % 3 === 0
        ? [reply('1', n, 'room:b', 'ok', { n })]
        : [[null, null, 'room:b', 'shout', { n }], reply('1', n, 'room:b', 'ok', {})],
    ).flat()
    expect(await alice.frames(mine.length)).toEqual(mine)
    const theirs = Array.from({ length: 300 }, (_, n) => [null, null, 'room:b', 'shout', { n }])
    expect(await bob.frames(200)).toEqual(theirs.filter((_, n) => n % 3 !== 0))
  })

  it('stop at the leave', async () => {
    await using served = await startTestTopics()
    using alice = await RawClient.open(served.url)
    using bob = await RawClient.open(served.url)
    await alice.join('room:b')
    await bob.join('room:b')

    bob.send('1', '2', 'room:b', 'phx_leave', {})
    await bob.frames(2)
    alice.send('1', '3', 'room:b', 'shout', {})
    await alice.frames(2)

    expect(await bob.settle()).toEqual([])
  })
})
