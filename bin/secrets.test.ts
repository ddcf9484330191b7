import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readOrMakeSecret } from './secrets.js'

const kept = { file: 'auth-secret', setting: 'RECADO_AUTH_SECRET' }
let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recado-secret-'))
  path = join(folder, 'auth-secret')
})
afterEach(() => rm(folder, { recursive: true }))

test('is made once, for its owner only; several that start at once get the same one', async () => {
  const secrets = await Promise.all([1, 2, 3].map(() => readOrMakeSecret(folder, kept)))
  expect(new Set(secrets).size).toBe(1)
  expect(await readOrMakeSecret(folder, kept)).toBe(secrets[0])
  expect(secrets[0]?.length).toBeGreaterThan(40)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('one that others may read is closed to them', async () => {
  await writeFile(path, 'x'.repeat(40))
  await chmod(path, 0o644)
  expect(await readOrMakeSecret(folder, kept)).toBe('x'.repeat(40))
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test.each([
  ['', 'it is empty'],
  ['\n\n', 'it is empty'],
  ['too short', 'it holds something else'],
  ['-----BEGIN PRIVATE KEY-----\nsomething of another program\n', 'it holds something else'],
  [`${'x'.repeat(40)}\0`, 'it holds something else'],
])('%j is told in words and left as it is', async (content, reason) => {
  await writeFile(path, content)
  await expect(readOrMakeSecret(folder, kept)).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringMatching(
      new RegExp(`auth-secret cannot be used: ${reason}.*RECADO_AUTH_SECRET`),
    ) as string,
  })
  expect(await readFile(path, 'utf8')).toBe(content)
})

test('a folder in its place is told in words', async () => {
  await mkdir(path)
  await expect(readOrMakeSecret(folder, kept)).rejects.toMatchObject({ code: 'failed_precondition' })
})
