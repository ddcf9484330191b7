import { pino } from 'pino'
import { expect, it } from 'vitest'
import { DeadLetterWatch } from './dead-letter-watch.js'

function watch(counts: (number | Error)[]) {
  const told: unknown[] = []
  const log = pino({}, { write: (line: string) => void told.push(JSON.parse(line)) })
  const clock = { ms: 0 }
  const count = async () => {
    const next = counts.shift()
    if (typeof next !== 'number') throw next ?? new Error('not asked for')
    return next
  }
  const watched = new DeadLetterWatch({ count, log, now: () => clock.ms })
  const bury = async (atMs: number) => {
    clock.ms = atMs
    watched.buried()
    await new Promise(setImmediate)
  }
  return { watched, bury, told }
}

it('says nothing while every burial is there', async () => {
  const { bury, told } = watch([5, 7, 12])

  for (const atMs of [0, 500, 1_000, 2_000]) await bury(atMs)

  expect(told).toEqual([])
})

it('says how many are missing behind the burials', async () => {
  const { bury, told } = watch([10, 10, 9])

  for (const atMs of [0, 1_000, 2_000]) await bury(atMs)

  expect(told).toMatchObject([
    { missing: 1, letters: 10, msg: 'the dead letters are full: the oldest are dropped' },
    { missing: 2, letters: 9 },
  ])
})

it('takes what somebody else has drained for no loss', async () => {
  const { bury, told } = watch([100, 3])

  for (const atMs of [0, 1_000]) await bury(atMs)

  expect(told).toEqual([])
})

it('looks once a second at most, and makes up for a look that failed', async () => {
  const { bury, told } = watch([10, new Error('away'), 11])

  for (const atMs of [0, 999, 1_000, 1_999, 2_000]) await bury(atMs)

  expect(told).toMatchObject([{ missing: 3, letters: 11 }])
})

it('takes what is drained here for no loss', async () => {
  const { watched, bury, told } = watch([10, 1])

  await bury(0)
  watched.drained()
  await bury(1_000)

  expect(told).toEqual([])
})

it('says so however many come between two looks', async () => {
  const { watched, bury, told } = watch([20, 21])
  await bury(0)
  for (let letter = 0; letter < 500; letter++) watched.buried()

  await bury(1_000)

  expect(told).toMatchObject([{ missing: 480 + 20, letters: 21 }])
})
