import { randomBytes } from 'node:crypto'
import { chmod, link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RecadoError } from '../lib/errors.js'

/** What is kept in the data folder when the setting is not set. */
export type KeptSecret = { file: string; setting: string }

/** What is made here, and what somebody may have put there instead: a line of signs of ASCII, long enough to be no guess. */
const SECRET = /^[\x21-\x7e]{32,1024}$/

/**
 * Reads a secret of the data folder, which is there; made at the first start, and readable by the owner only. Of two that make it at
 * once, both get the same one.
 * @throws `failed_precondition` where the file cannot be read or holds something else.
 */
export async function readOrMakeSecret(dataDir: string, { file, setting }: KeptSecret): Promise<string> {
  const path = join(dataDir, file)
  try {
    const secret = (await readSecret(path)) ?? (await makeSecret(path))
    if (!SECRET.test(secret)) throw new Error(secret === '' ? 'it is empty' : 'it holds something else')
    await chmod(path, 0o600)
    return secret
  } catch (cause) {
    const reason = (cause as Error).message
    throw new RecadoError(
      'failed_precondition',
      `The secret in ${path} cannot be used: ${reason}. Set ${setting}, or put the file back from a copy; without it, remove it, and another one is made.`,
      { cause },
    )
  }
}

/**
 * Reads a secret of the data folder, where a product has been started.
 * @throws `failed_precondition` where there is none
 */
export async function findSecret(dataDir: string, { file, setting }: KeptSecret): Promise<string> {
  const path = join(dataDir, file)
  const secret = await readSecret(path)
  if (secret && SECRET.test(secret)) return secret
  throw new RecadoError(
    'failed_precondition',
    `There is no secret in ${path}. Set ${setting}, or RECADO_DATA_DIR to the data folder of the product that runs.`,
  )
}

async function makeSecret(path: string): Promise<string> {
  const draft = `${path}.${process.pid}`
  await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(draft)
  return (await readSecret(path)) ?? ''
}

async function readSecret(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
