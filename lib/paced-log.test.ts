import { expect, test } from 'vitest'
import { PacedLog } from './paced-log.js'

test('one line a second, each with the number of those left out before it', () => {
  let now = 0
  const written: number[] = []
  const paced = new PacedLog({ now: () => now })

  for (; now < 3_000; now += 100) paced.line((leftOut) => written.push(leftOut))

  expect(written).toEqual([0, 9, 9])
})
