import { expect, it } from 'vitest'
import { NaturalBatches } from './natural-batches.js'

function setUp(maxWaiting = 10) {
  const batches: number[][] = []
  const release: ((error?: Error) => void)[] = []
  const work = new NaturalBatches<number, string>({
    run: (items) => {
      batches.push([...items])
      return new Promise((resolve, reject) =>
        release.push((error) => (error ? reject(error) : resolve(items.map((item) => `did ${item}`)))),
      )
    },
    maxItems: 3,
    maxWaiting,
  })
  return { work, batches, release }
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('does the first at once, and what comes meanwhile together', async () => {
  const { work, batches, release } = setUp()
  const done = [1, 2, 3, 4, 5].map((item) => work.submit(item))

  for (let nth = 0; nth < 3; nth++) {
    release[nth]!()
    await turn()
  }

  expect(await Promise.all(done)).toEqual(['did 1', 'did 2', 'did 3', 'did 4', 'did 5'])
  expect(batches).toEqual([[1], [2, 3, 4], [5]])
})

it('fails those of a batch that fails, and goes on', async () => {
  const { work, release } = setUp()
  const [first, second] = [work.submit(1), work.submit(2)]
  const failed = expect(first).rejects.toThrow('no')

  release[0]!(new Error('no'))
  await turn()
  release[1]!()

  await failed
  expect(await second).toBe('did 2')
})

it('refuses what is too much', async () => {
  const { work } = setUp(1)
  void work.submit(1)
  void work.submit(2)

  await expect(work.submit(3)).rejects.toMatchObject({ code: 'resource_exhausted', retryable: true })
})
