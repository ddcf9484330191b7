import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findDatabase, finished, takeFolder } from './data-folder.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'recado-test-'))
})
afterEach(() => rm(dir, { recursive: true }))

const modeOf = async (path: string) => (await stat(path)).mode & 0o777
const refused = (word: string) => ({
  code: 'failed_precondition',
  message: expect.stringContaining(word) as string,
})

it('a folder that is not there is made for its owner alone', async () => {
  await takeFolder(join(dir, 'a/b'))

  expect(await modeOf(join(dir, 'a/b'))).toBe(0o700)
})

it('a folder with nothing but ours in it is closed to others', async () => {
  await mkdir(join(dir, 'pg'))
  for (const name of ['auth-secret', 'service-token', 'lock-1-0123456789abcdef'])
    await writeFile(join(dir, name), '')
  await chmod(dir, 0o777)

  await takeFolder(dir)

  expect(await modeOf(dir)).toBe(0o700)
})

it('a folder that others may enter, with other things in it, is refused and left as it is', async () => {
  await writeFile(join(dir, 'letter.txt'), '')
  await chmod(dir, 0o750)

  await expect(takeFolder(dir)).rejects.toMatchObject(refused('letter.txt'))

  expect(await modeOf(dir)).toBe(0o750)
  await chmod(dir, 0o700)
  await takeFolder(dir)
})

it('a file in the place of the folder is refused in words', async () => {
  await writeFile(join(dir, 'file'), '')

  await expect(takeFolder(join(dir, 'file'))).rejects.toMatchObject(refused('RECADO_DATA_DIR'))
})

it('a database is new until it is finished, and found from then on', async () => {
  const first = await findDatabase(dir)
  await mkdir(first.path)
  await writeFile(join(first.path, 'half'), '')
  const second = await findDatabase(dir)
  await mkdir(second.path)
  await writeFile(join(second.path, 'PG_VERSION'), '18')
  await finished(dir)

  expect([first.isNew, second.isNew, (await findDatabase(dir)).isNew]).toEqual([true, true, false])
  expect(await readdir(second.path)).toEqual(['PG_VERSION'])
})

it('what is no database is refused and left as it is', async () => {
  await mkdir(join(dir, 'pg'))
  await writeFile(join(dir, 'pg', 'letter.txt'), '')

  await expect(findDatabase(dir)).rejects.toMatchObject(refused('letter.txt'))
  await rm(join(dir, 'pg'), { recursive: true })
  await writeFile(join(dir, 'pg'), '')
  await expect(findDatabase(dir)).rejects.toMatchObject(refused('RECADO_DATA_DIR'))
})
