import { expect, it } from 'vitest'
import { Topics, type TopicFactory } from './topics.js'

const made: string[] = []
const remember: TopicFactory = (id) => {
  made.push(id)
  return { join: () => Promise.reject(new Error('no joins here')), push: () => undefined }
}
const topics = new Topics({ channel: remember })

it('makes the handler of a kind with the id behind the colon', () => {
  expect(topics.find('channel:a:b')).toBeDefined()
  expect(made).toEqual(['a:b'])
})

it.each([
  'channel',
  'channel:',
  ':a',
  '',
  'room:a',
  'constructor:a',
  'channel:\0',
  `channel:${'x'.repeat(129)}`,
])('has no handler for %j', (name) => {
  expect(topics.find(name)).toBeUndefined()
})
