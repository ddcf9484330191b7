import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readProcesses } from './process-table.js'
import { until } from './wait.js'

/** Longer than the longest start, with packages to install and the stand-in to build. */
const waitMs = 20 * 60_000

/**
 * Runs `work` while no other process does, in `dir`. The lock is the file `lock` there, with the holder's identity; one whose holder has died is taken over.
 * @throws Error when another holds it for 20 minutes.
 */
export async function withLock<T>(work: () => Promise<T>, dir: string, onWait: () => void): Promise<T> {
  await mkdir(dir, { recursive: true })
  const lock = join(dir, 'lock')
  if (!(await tryLock(lock))) {
    onWait()
    if (!(await until(() => tryLock(lock), waitMs))) throw new Error(`${lock} is held by another run`)
  }
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}

async function tryLock(lock: string): Promise<boolean> {
  if (await create(lock)) return true
  if (await isHeld(lock)) return false
  await removeAbandoned(lock)
  return create(lock)
}

// Only one process at a time may judge and remove, else a second would remove the lock that a third has just taken.
async function removeAbandoned(lock: string): Promise<void> {
  const judge = `${lock}.judge`
  if (!(await create(judge))) return
  try {
    if (!(await isHeld(lock))) await rm(lock, { force: true })
  } finally {
    await rm(judge, { force: true })
  }
}

// A file appears under the lock's name with its content, or not at all.
async function create(file: string): Promise<boolean> {
  const unnamed = `${file}.${randomUUID()}`
  await writeFile(unnamed, ownIdentity())
  try {
    await link(unnamed, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(unnamed, { force: true })
  }
}

async function isHeld(lock: string): Promise<boolean> {
  const holder = await readFile(lock, 'utf8').catch(() => '')
  return identities().includes(holder)
}

function ownIdentity(): string {
  return identities().find((identity) => identity.startsWith(`${process.pid} `)) ?? `${process.pid} `
}

function identities(): string[] {
  return readProcesses().map(({ pid, startedAt }) => `${pid} ${startedAt}`)
}
