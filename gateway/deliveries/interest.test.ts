import { expect, it } from 'vitest'
import { Interest, type InterestedStream } from './interest.js'

/** A stream that puts changes in force when the test says so. */
class Told implements InterestedStream {
  readonly changes: { add: readonly string[]; remove: readonly string[] }[] = []
  readonly #inForce: (() => void)[] = []

  change(add: readonly string[], remove: readonly string[]): Promise<void> {
    this.changes.push({ add, remove })
    return new Promise((resolve) => this.#inForce.push(resolve))
  }

  putInForce(): void {
    for (const resolve of this.#inForce.splice(0)) resolve()
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('tells every stream what changed in one turn of the loop, in one request', async () => {
  const streams = [new Told(), new Told()]
  const interest = new Interest(() => streams)

  void interest.add('a')
  void interest.add('b')
  interest.remove('x')
  await turn()

  expect(streams.map(({ changes }) => changes)).toEqual([
    [{ add: ['a', 'b'], remove: ['x'] }],
    [{ add: ['a', 'b'], remove: ['x'] }],
  ])
})

it('takes the last word of a turn about a channel', async () => {
  const stream = new Told()
  const interest = new Interest(() => [stream])

  void interest.add('a')
  interest.remove('a')
  interest.remove('b')
  void interest.add('b')
  await turn()

  expect(stream.changes).toEqual([{ add: ['b'], remove: ['a'] }])
  expect([...interest.channels()]).toEqual(['b'])
})

it('is in force when it is so on every stream', async () => {
  const streams = [new Told(), new Told()]
  const interest = new Interest(() => streams)
  let isInForce = false
  const added = interest.add('a').then(() => (isInForce = true))
  await turn()

  streams[0]!.putInForce()
  await turn()
  expect(isInForce).toBe(false)
  streams[1]!.putInForce()
  await added

  expect(isInForce).toBe(true)
})

it('tells the streams that are there now', async () => {
  const streams = [new Told()]
  const interest = new Interest(() => streams)
  void interest.add('a')
  await turn()

  const [first, second] = [streams.shift()!, new Told()]
  streams.push(second)
  void interest.add('b')
  await turn()

  expect(first.changes).toHaveLength(1)
  expect(second.changes).toEqual([{ add: ['b'], remove: [] }])
})
