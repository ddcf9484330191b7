import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from '../system/binaries.js'
import { run } from '../system/command.js'
import { cacheDir, standInDir } from '../paths.js'

/** A first build fetches and compiles about 70 modules. */
const buildWithinMs = 10 * 60_000

/**
 * The program that stands in for MongoDB, built with Go where this source was not built before.
 * @throws Error when there is no Go, or it cannot build it.
 */
export async function standInProgram(say: (line: string) => void): Promise<string> {
  const program = join(cacheDir, `mongodb-stand-in-${await sourceHash()}`)
  if (existsSync(program)) return program
  const go = findProgram(['go'], ['/usr/local/go/bin'])
  if (!go) throw new Error('there is no mongod, and no Go (1.24 or newer) to build what stands in for it')
  say('building what stands in for MongoDB (once; it can take minutes)')
  await mkdir(cacheDir, { recursive: true })
  const unfinished = `${program}.${process.pid}`
  const args = ['build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-o', unfinished, '.']
  await run(go, args, { timeoutMs: buildWithinMs, cwd: standInDir, env: { CGO_ENABLED: '0' } })
  await rename(unfinished, program)
  return program
}

async function sourceHash(): Promise<string> {
  const hash = createHash('sha256')
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(await readFile(join(standInDir, file)))
  return hash.digest('hex').slice(0, 16)
}
