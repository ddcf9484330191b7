import { beforeEach, expect, test } from 'vitest'
import { RecadoError } from './errors.js'
import type { Log } from './log.js'
import { Outage } from './outage.js'
import { pino } from 'pino'

type Line = { msg: string; dependency: string; reason?: string; failures: number; seconds: number }

let lines: Line[]
let now: number
let outage: Outage

beforeEach(() => {
  lines = []
  now = 0
  const log: Log = pino(
    { base: null },
    { write: (line: string) => void lines.push(JSON.parse(line) as Line) },
  )
  outage = new Outage({ log, name: 'PostgreSQL (DATABASE_URL)', now: () => now })
})

const refused = new RecadoError('unavailable', 'The database is away.', {
  cause: new Error('connect ECONNREFUSED 127.0.0.1:5432'),
})

function failFor(seconds: number, error: unknown = refused): void {
  for (let tries = 0; tries < seconds * 2; tries++, now += 500) outage.failed(error)
}

test('an hour without a server is told when it begins, once a minute, and when it ends', () => {
  failFor(3_600)
  outage.ended()
  expect(lines.length).toBe(61)
  expect(lines[0]).toMatchObject({ msg: 'away', dependency: 'PostgreSQL (DATABASE_URL)', failures: 1 })
  expect(lines[0]?.reason).toBe('The database is away. (connect ECONNREFUSED 127.0.0.1:5432)')
  expect(lines[1]).toMatchObject({ msg: 'away', failures: 121, seconds: 60 })
  expect(lines.at(-1)).toMatchObject({ msg: 'back', failures: 7_200, seconds: 3_600 })
})

test('another reason is told at once', () => {
  failFor(10)
  outage.failed(new RecadoError('unavailable', 'The password is wrong.'))
  expect(lines.map(({ reason }) => reason?.split('.')[0])).toEqual([
    'The database is away',
    'The password is wrong',
  ])
})

test('reasons that take turns do not fill the log', () => {
  for (let tries = 0; tries < 120; tries++, now += 500)
    outage.failed(new RecadoError('unavailable', `reason ${tries % 2}`))
  expect(lines.length).toBeLessThan(15)
})

test('an outage that ended begins anew', () => {
  failFor(1)
  outage.ended()
  outage.ended()
  expect(outage.isOn).toBe(false)
  failFor(1)
  expect(outage.isOn).toBe(true)
  expect(lines.map(({ msg, failures }) => [msg, failures])).toEqual([
    ['away', 1],
    ['back', 2],
    ['away', 1],
  ])
})

test('a line is short, whatever failed', () => {
  outage.failed(new RecadoError('unavailable', 'away', { cause: new Error('x'.repeat(10_000)) }))
  expect(JSON.stringify(lines[0]).length).toBeLessThan(600)
})
