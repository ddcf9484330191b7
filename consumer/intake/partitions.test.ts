import { expect, it } from 'vitest'
import { Partitions } from './partitions.js'

/** Partitions whose work says when it begins and ends; a release lets the end of a stopped one come. */
function make() {
  const said: string[] = []
  const releases = new Map<number, () => void>()
  const partitions = new Partitions(async (number, signal) => {
    said.push(`begin ${number}`)
    await new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => releases.set(number, resolve)),
    )
    said.push(`end ${number}`)
  })
  return { partitions, said, release: (number: number) => releases.get(number)?.() }
}

it('starts what is new, stops what is gone, and leaves the rest alone', async () => {
  const { partitions, said, release } = make()
  await partitions.change([1, 2])
  const changed = partitions.change([2, 3])
  await expect.poll(() => said).toEqual(['begin 1', 'begin 2', 'begin 3'])

  release(1)
  await changed

  expect(said).toEqual(['begin 1', 'begin 2', 'begin 3', 'end 1'])
  expect(partitions.numbers).toEqual([2, 3])
})

it('begins one that is wanted again only when its end has come', async () => {
  const { partitions, said, release } = make()
  await partitions.change([1])
  await expect.poll(() => said).toEqual(['begin 1'])
  const gone = partitions.change([])
  await partitions.change([1])
  expect(said).toEqual(['begin 1'])

  release(1)
  await gone

  await expect.poll(() => said).toEqual(['begin 1', 'end 1', 'begin 1'])
  expect(partitions.numbers).toEqual([1])
})
