import { expect, it } from 'vitest'
import { StallWatch, type Waiting } from './stall-watch.js'

class Reader implements Waiting {
  bytes = 0
  taken = 0
  stalls = 0

  stalled(): void {
    this.stalls += 1
  }
}

function setUp() {
  const watch = new StallWatch(100)
  const look = (times: number): void => {
    for (let n = 0; n < times; n++) watch.look()
  }
  return { watch, look, reader: new Reader() }
}

it('tells once of a reader that takes nothing in ten looks while more than the bound waits', () => {
  const { watch, look, reader } = setUp()
  reader.bytes = 101
  watch.notice(reader)

  look(9)
  expect(reader.stalls).toBe(0)
  look(11)

  expect(reader.stalls).toBe(1)
})

it('leaves alone who takes something now and then, however much waits', () => {
  const { watch, look, reader } = setUp()
  reader.bytes = 10_000
  watch.notice(reader)

  for (let n = 0; n < 10; n++) {
    look(9)
    reader.taken += 1
    watch.notice(reader)
  }

  expect(reader.stalls).toBe(0)
})

it('leaves alone for whom no more than the bound waits, and counts anew when it is more again', () => {
  const { watch, look, reader } = setUp()
  reader.bytes = 100
  watch.notice(reader)
  look(20)
  expect(reader.stalls).toBe(0)

  reader.bytes = 101
  watch.notice(reader)
  look(9)
  reader.bytes = 50
  look(1)
  reader.bytes = 101
  watch.notice(reader)
  look(9)

  expect(reader.stalls).toBe(0)
})
