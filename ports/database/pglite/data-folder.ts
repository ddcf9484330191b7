import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RecadoError } from '../../../lib/errors.js'

/** PGlite's own folder in the data folder. */
const DATABASE = 'pg'

/** Is there while the database is being made: what a start finds beside it was never finished, and never served. */
const UNFINISHED = 'pg-unfinished'

/** What we put into a data folder, beside locks. */
const ours: ReadonlySet<string> = new Set([DATABASE, UNFINISHED, 'auth-secret', 'service-token'])

/** Whatever of the mode others could use. */
const OTHERS = 0o077

/**
 * Makes the data folder, or takes one that is there, so that nobody else may look into it: PGlite writes files that anybody could read
 * and change. A folder that others may enter is closed to them where it holds nothing but ours.
 * @throws RecadoError `failed_precondition` for one that holds other things, or that is somebody else's.
 */
export async function takeFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    const { mode } = await stat(dataDir)
    if (process.platform === 'win32' || (mode & OTHERS) === 0) return
    const others = (await readdir(dataDir)).filter((name) => !ours.has(name) && !name.includes('lock-'))
    if (others.length > 0) throw unusable(dataDir, `others may enter it, and it holds \`${others[0]}\``)
    await chmod(dataDir, 0o700)
  } catch (thrown) {
    if (thrown instanceof RecadoError) throw thrown
    throw unusable(dataDir, thrown instanceof Error ? thrown.message : String(thrown), thrown)
  }
}

/**
 * Where PGlite is to start, and whether it makes a new database there, which {@link finished} is to be told of.
 * @throws RecadoError `failed_precondition` where its folder holds something else.
 */
export async function findDatabase(dataDir: string): Promise<{ path: string; isNew: boolean }> {
  const path = join(dataDir, DATABASE)
  const names = await readdir(dataDir)
  if (names.includes(UNFINISHED)) await rm(path, { recursive: true, force: true })
  const held = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [] as string[]
    throw unusable(path, error.message, error)
  })
  if (held.length === 0) await writeFile(join(dataDir, UNFINISHED), '', { mode: 0o600 })
  else if (!held.includes('PG_VERSION')) throw unusable(path, `it holds \`${held[0]}\`, and no database`)
  return { path, isNew: held.length === 0 }
}

/** The new database serves, so it is whole. */
export async function finished(dataDir: string): Promise<void> {
  await rm(join(dataDir, UNFINISHED), { force: true })
}

/** What is thrown where the database that is there does not start. */
export function unopenable(path: string, cause: unknown): RecadoError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new RecadoError(
    'failed_precondition',
    `The database in ${path} does not open (${why}). It is damaged, of another version, or not Recado's: put a copy back, or set RECADO_DATA_DIR to another folder.`,
    { cause },
  )
}

function unusable(path: string, why: string, cause?: unknown): RecadoError {
  return new RecadoError(
    'failed_precondition',
    `The folder ${path} cannot be used: ${why}. Set RECADO_DATA_DIR to a folder that is Recado's alone (mode 0700).`,
    { cause },
  )
}
