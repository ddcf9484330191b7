import { execFile, execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const project = fileURLToPath(new URL('..', import.meta.url))
const folders = ['bin', 'consumer', 'contract', 'core', 'gateway', 'gen', 'lib', 'ports', 'profiles']

type Bundle = { bundled(program: string): Promise<URL | undefined> }
let root: string
let bundle: Bundle

/** A project whose programs print the sum of a module, a package, and where a file beside their sources is. */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'recado-bundle-'))
  for (const folder of folders) await mkdir(join(root, folder))
  await symlink(join(project, 'node_modules'), join(root, 'node_modules'))
  await cp(join(project, 'bin/bundle.mjs'), join(root, 'bin/bundle.mjs'))
  await writeFile(join(root, 'package-lock.json'), '{}')
  await writeFile(join(root, 'lib/number.ts'), 'export const number: number = 1\n')
  const program = `import { number } from '../lib/number.js'
import { LRUCache } from 'lru-cache'
import pg from 'pg'
if (process.argv[2] === 'fail') throw new Error('failed on purpose')
console.log(number, typeof LRUCache, typeof pg.Pool, new URL('./beside', import.meta.url).href)
`
  for (const name of ['embedded', 'gateway', 'core', 'consumer', 'recado'])
    await writeFile(join(root, `bin/${name}.ts`), program)
  bundle = (await import(pathToFileURL(join(root, 'bin/bundle.mjs')).href)) as Bundle
})
afterEach(() => rm(root, { recursive: true }))

function run(url: URL | undefined, ...args: string[]): string {
  const file = fileURLToPath(url ?? 'file:///no/bundle')
  return execFileSync(process.execPath, ['--enable-source-maps', file, ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
  })
}

test('a program runs from its bundle, and finds what is beside its source', async () => {
  const url = await bundle.bundled('core')
  expect(run(url)).toBe(`1 function function ${pathToFileURL(join(root, 'bin/beside')).href}\n`)
})

test('a stack trace points into the source', async () => {
  const url = await bundle.bundled('gateway')
  expect(() => run(url, 'fail')).toThrow(join(root, 'bin/gateway.ts:4'))
})

test('unchanged sources use the bundle that is there; a changed one makes another', async () => {
  const first = await bundle.bundled('core')
  expect(await bundle.bundled('core')).toEqual(first)
  await writeFile(join(root, 'lib/number.test.ts'), 'a test changes no program')
  expect(await bundle.bundled('core')).toEqual(first)
  await writeFile(join(root, 'lib/number.ts'), 'export const number: number = 2\n')
  const second = await bundle.bundled('core')
  expect(second).not.toEqual(first)
  expect(run(second)).toMatch(/^2 /)
  expect(run(first)).toMatch(/^1 /)
})

test('other packages make another bundle', async () => {
  const first = await bundle.bundled('core')
  await writeFile(join(root, 'package-lock.json'), '{"packages": {}}')
  expect(await bundle.bundled('core')).not.toEqual(first)
})

test('of several processes that make it at once, one bundle stays; old ones go', async () => {
  const old = join(root, '.cache/programs-old')
  await mkdir(old, { recursive: true })
  await utimes(old, 0, 0)
  const make = () => promisify(execFile)(process.execPath, [join(root, 'bin/bundle.mjs')])
  await Promise.all([make(), make(), make()])
  const kept = await readdir(join(root, '.cache'))
  expect(kept).toEqual([expect.stringMatching(/^programs-[0-9a-f]{20}$/)])
  expect(run(await bundle.bundled('core'))).toMatch(/^1 /)
})

test('where no bundle can be kept there is none, and it is said why', async () => {
  await writeFile(join(root, '.cache'), 'in the way')
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  expect(await bundle.bundled('core')).toBeUndefined()
  expect(stderr).toHaveBeenCalledWith(expect.stringContaining('Starting from the sources'))
  stderr.mockRestore()
})
