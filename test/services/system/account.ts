import { chown } from 'node:fs/promises'
import { run, type Account } from './command.js'

/**
 * The first of `names` that exists, when we are root: servers should not run as root, and PostgreSQL refuses to.
 * Undefined for everyone else, who can only run as themselves, and where none exists.
 */
export async function serverAccount(...names: string[]): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const name of names) {
    const account = await lookUp(name).catch(() => undefined)
    if (account) return account
  }
  return undefined
}

async function lookUp(name: string): Promise<Account> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map((flag) => run('id', [flag, name], { timeoutMs: 5_000 })),
  )
  return { uid: Number(uid), gid: Number(gid) }
}

/** Makes `dir` the account's own, so that a server that runs as it can write there. */
export async function giveTo(account: Account | undefined, dir: string): Promise<void> {
  if (account) await chown(dir, account.uid, account.gid)
}
