import { expect, it } from 'vitest'
import { ViewCache } from './view-cache.js'

function setUp(viewers: string[]) {
  const asked: string[][] = []
  const cache = new ViewCache((channelId, userIds) => {
    asked.push([channelId, ...userIds])
    return Promise.resolve(new Set(userIds.filter((id) => viewers.includes(id))))
  })
  return { cache, asked }
}

it('asks of each user once, until rights in the server may have changed', async () => {
  const { cache, asked } = setUp(['ana'])

  expect(await cache.viewersOf('c', 's', ['ana', 'bo'])).toEqual(['ana'])
  expect(await cache.viewersOf('c', 's', ['ana', 'bo', 'cem'])).toEqual(['ana'])
  cache.apply({ $case: 'rightsChanged', value: { serverId: 'other', userId: '', channelId: '' } })
  await cache.viewersOf('c', 's', ['ana'])
  cache.apply({ $case: 'rightsChanged', value: { serverId: 's', userId: '', channelId: '' } })
  await cache.viewersOf('c', 's', ['ana'])
  cache.forgetMember('s', 'bo')
  await cache.viewersOf('c', 's', ['ana'])
  cache.forgetMember('s', 'ana')
  await cache.viewersOf('c', 's', ['ana'])

  expect(asked).toEqual([
    ['c', 'ana', 'bo'],
    ['c', 'cem'],
    ['c', 'ana'],
    ['c', 'ana'],
  ])
})
