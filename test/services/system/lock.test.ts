import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withLock } from './lock.js'

describe('services: the lock', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'recado-lock-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  it('lets one work at a time, and everyone in the end', async () => {
    const steps: string[] = []
    const work = (name: string) =>
      withLock(
        async () => {
          steps.push(`${name} begins`)
          await readdir(dir)
          steps.push(`${name} ends`)
        },
        dir,
        () => undefined,
      )

    await Promise.all(['a', 'b', 'c'].map(work))

    const order = steps.filter((_, index) => index % 2 === 0).map((step) => step[0])
    expect(steps).toEqual(order.flatMap((name) => [`${name} begins`, `${name} ends`]))
    expect(order.sort()).toEqual(['a', 'b', 'c'])
  })

  it('is taken over from a holder that has died, and leaves nothing behind', async () => {
    await writeFile(join(dir, 'lock'), `${process.pid} of an earlier boot`)

    const result = await withLock(
      () => Promise.resolve('done'),
      dir,
      () => expect.unreachable('nobody holds it'),
    )

    expect(result).toBe('done')
    expect(await readdir(dir)).toEqual([])
  })

  it('is given back when the work fails', async () => {
    const fail = () => Promise.reject(new Error('no'))

    await expect(withLock(fail, dir, () => undefined)).rejects.toThrow('no')

    expect(await readdir(dir)).toEqual([])
  })
})
