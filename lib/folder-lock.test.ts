import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder } from './folder-lock.js'

const module = fileURLToPath(new URL('./folder-lock.ts', import.meta.url))

/** Takes the lock, says `held` or why not, and stays until it is killed. */
const script = `
  const { lockFolder } = await import(${JSON.stringify(module)})
  setInterval(() => {}, 1000)
  await lockFolder(process.argv[1]).then(() => console.log('held'), (error) => { console.log(error.message); process.exit() })`

describe('folder lock', { timeout: 30_000 }, () => {
  let folder: string
  const children: ReturnType<typeof spawn>[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recado-test-'))
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await rm(folder, { recursive: true })
  })

  async function holder() {
    const args = ['--import', './bin/typescript.mjs', '--input-type=module', '-e', script, folder]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const [said] = (await once(child.stdout!, 'data')) as [Buffer]
    return { child, said: said.toString().trim() }
  }

  it('is held by one at a time, and names the process that holds it', async () => {
    const lock = await lockFolder(folder)

    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining(`process ${process.pid}.`),
    })

    await lock.release()
    await lock.release()
    await (await lockFolder(folder)).release()
    expect(await readdir(folder)).toEqual([])
  })

  it('keeps other processes out', async () => {
    const { child } = await holder()

    await expect(lockFolder(folder)).rejects.toThrow(`process ${child.pid}.`)
  })

  it('is free once its holder was killed, and clears up after it', async () => {
    const { child, said } = await holder()
    expect(said).toBe('held')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await readdir(folder)).toHaveLength(1)

    const lock = await lockFolder(folder)

    expect(await readdir(folder)).toHaveLength(1)
    await lock.release()
  })

  it('still counts as held by a process that is too busy to answer', async () => {
    const { child } = await holder()
    child.kill('SIGSTOP')

    await expect(lockFolder(folder)).rejects.toThrow(`process ${child.pid}.`)
  })

  it('goes to exactly one of many that try at once, also over a dead one', async () => {
    const { child } = await holder()
    child.kill('SIGKILL')
    await once(child, 'exit')

    for (let round = 0; round < 20; round++) {
      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => lockFolder(folder)))
      const locks = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
      expect(locks).toHaveLength(1)
      await locks[0]?.release()
    }
  })

  it('goes to exactly one of several processes', async () => {
    const said = (await Promise.all([1, 2, 3, 4].map(holder))).map((each) => each.said)

    expect(said.filter((words) => words === 'held')).toHaveLength(1)
  })

  it('makes the folder, however long its path', async () => {
    const deep = join(folder, ...Array.from({ length: 10 }, () => 'a-rather-long-name-for-a-folder'))
    await mkdir(join(folder, 'x'))

    const lock = await lockFolder(deep)

    await expect(lockFolder(deep)).rejects.toMatchObject({ code: 'failed_precondition' })
    await lock.release()
  })
})
