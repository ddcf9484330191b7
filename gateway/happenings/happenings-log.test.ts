import { expect, it } from 'vitest'
import type { Happening } from '../../gen/recado/internal/v1/happening.js'
import { RecadoError } from '../../lib/errors.js'
import { silentLog } from '../../test/support/gateway-doubles.js'
import { HappeningsLog } from './happenings-log.js'

const entry = (position: number, topic = 'user:ana'): Happening => ({ position, topic, what: undefined })

function setUp() {
  const state = { entries: [] as Happening[], forgottenTo: 0, isAway: false }
  const told: number[] = []
  let gaps = 0
  const log = new HappeningsLog({
    read: (after) => {
      if (state.isAway) return Promise.reject(new RecadoError('unavailable', 'Core is away.'))
      const position = state.entries.at(-1)?.position ?? 0
      if (after === undefined) return Promise.resolve({ happenings: [], position, hasMore: false })
      if (after < state.forgottenTo)
        return Promise.reject(new RecadoError('failed_precondition', 'Forgotten.'))
      const rest = state.entries.filter((each) => each.position > after)
      const happenings = rest.slice(0, 2)
      const hasMore = rest.length > 2
      return Promise.resolve({ happenings, position: happenings.at(-1)?.position ?? after, hasMore })
    },
    tell: ({ position }) => {
      told.push(position)
      return Promise.resolve()
    },
    tellTogether: () => Promise.resolve(),
    onGap: () => gaps++,
    log: silentLog,
  })
  return { log, state, told, gaps: () => gaps }
}

it('tells what comes after its start, in order, each once, also past an outage', async () => {
  const { log, state, told } = setUp()
  state.entries.push(entry(1))
  await log.start()
  log.stop()
  const reader = setUp()
  reader.state.entries = [entry(1)]
  await reader.log.start()

  reader.state.entries.push(entry(2), entry(4))
  reader.state.isAway = true
  await reader.log.read()
  reader.state.isAway = false
  reader.state.entries.push(entry(5), entry(6))
  await reader.log.read()
  await reader.log.read()
  reader.log.stop()

  expect(told).toEqual([])
  expect(reader.told).toEqual([2, 4, 5, 6])
  expect(reader.log.position).toBe(6)
})

it('knows what a topic has told since a position', async () => {
  const { log, state } = setUp()
  await log.start()
  state.entries.push(entry(3), entry(4, 'user:bo'))
  await log.read()
  log.stop()

  expect(log.hasToldAfter('user:ana', 2)).toBe(true)
  expect(log.hasToldAfter('user:ana', 3)).toBe(false)
  expect(log.hasToldAfter('user:bo', 3)).toBe(true)
})

it('says so when its place in the log is forgotten, and goes on from the present', async () => {
  const { log, state, told, gaps } = setUp()
  await log.start()
  state.entries.push(entry(8), entry(9))
  state.forgottenTo = 7

  await log.read()
  state.entries.push(entry(10))
  await log.read()
  log.stop()

  expect(gaps()).toBe(1)
  expect(told).toEqual([10])
  expect(log.hasToldAfter('user:ana', 5)).toBe(true)
})
