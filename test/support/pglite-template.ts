import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openPgliteDatabase } from '../../ports/database/pglite/pglite-database.js'
import { cacheDir, projectDir } from '../services/paths.js'
import { freshDataDir, type Fresh } from './adapters.js'

/** A folder in which PGlite has been started once and is empty: a first start takes seconds, so it is kept and copied. */
export async function freshPgliteDir(): Promise<Fresh<string>> {
  const template = join(cacheDir, `pglite-${await pgliteVersion()}`)
  const dir = await freshDataDir()
  const copy = () => cp(join(template, 'pg'), join(dir.value, 'pg'), { recursive: true })
  await copy().catch(async () => {
    await makeTemplate(template)
    await copy()
  })
  return dir
}

async function pgliteVersion(): Promise<string> {
  const file = join(projectDir, 'node_modules/@electric-sql/pglite/package.json')
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version
}

async function makeTemplate(template: string): Promise<void> {
  await mkdir(cacheDir, { recursive: true })
  const dir = await mkdtemp(join(cacheDir, 'pglite-new-'))
  const database = await openPgliteDatabase({ dataDir: dir })
  await database.close()
  // Whoever is first gives it its name; to the others theirs is of no use.
  await rename(dir, template).catch(() => rm(dir, { recursive: true }))
}
