import { beforeEach, expect, test } from 'vitest'
import { Instances } from './instances.js'

let now: number
let away: Set<string>
let instances: Instances<string>

beforeEach(() => {
  now = 0
  away = new Set()
  instances = make('a', 'b', 'c')
})

function make(...names: string[]): Instances<string> {
  return new Instances(names, { now: () => now, random: () => 0.999_999 })
}
const next = (except?: string) => instances.next((name) => away.has(name), except)
const asked = (times: number) => Array.from({ length: times }, () => next())

test('they take turns', () => {
  expect(asked(6)).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
})

test('one that is away is passed over until it is back', () => {
  away.add('b')
  expect(new Set(asked(6))).toEqual(new Set(['a', 'c']))
  away.clear()
  expect(new Set(asked(3))).toEqual(new Set(['a', 'b', 'c']))
})

test('one that did not answer is left alone, longer each time, until it answers', () => {
  instances.failed('a')
  expect(asked(6)).not.toContain('a')
  now = 2_000
  expect(asked(3)).toContain('a')
  instances.failed('a')
  now += 3_999
  expect(asked(6)).not.toContain('a')
  now += 1
  expect(asked(3)).toContain('a')
  instances.answered('a')
  instances.failed('a')
  now += 2_000
  expect(asked(3)).toContain('a')
})

test('a thousand questions that one leaves open at once count as one', () => {
  for (let question = 0; question < 1_000; question++) instances.failed('a')
  now = 2_000
  expect(asked(3)).toContain('a')
})

test('where none looks well, the one that was left alone the longest is asked', () => {
  instances.failed('b')
  now = 10
  instances.failed('a')
  instances.failed('c')
  expect(next()).toBe('b')
  away = new Set(['a', 'b', 'c'])
  expect(next()).toBe('b')
})

test('a second try goes to another one', () => {
  for (let question = 0; question < 6; question++) expect(next('b')).not.toBe('b')
})

test('of one alone, it is asked whatever it did', () => {
  instances = make('a')
  instances.failed('a')
  expect(next('a')).toBe('a')
})
