// Sees to it that the packages of the lock file are there. Run by itself, it does so for development.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)
/** A file for each process that has begun to run on the packages, named by its id. */
const users = new URL('.cache/running/', root)
/** There while somebody installs, with the installer's process id in it. */
const lock = new URL('.cache/installing/', root)

/**
 * Installs what is missing, one process at a time. Packages of another version are replaced only while nothing of this clone runs on
 * them: it would find half of them gone. Tells whether all are there then. `dev`: those for development too.
 */
export function installed({ dev }) {
  const isThere = lacking(dev) === 'nothing' || withLock(() => install(dev))
  if (isThere) signIn()
  return isThere
}

/** What the packages found lack: `nothing`, `some`, or `versions` where some would take the place of others. */
export function compare(wanted, found, dev) {
  const isNeeded = ([path, entry]) =>
    path !== '' && !entry.optional && (dev || !(entry.dev || entry.devOptional))
  const isAsWanted = ([path, entry]) => found[path]?.version === entry.version
  // Packages for other systems are optional, and missing.
  if (Object.entries(wanted).filter(isNeeded).every(isAsWanted)) return 'nothing'
  return Object.entries(wanted).every((entry) => !found[entry[0]] || isAsWanted(entry)) ? 'some' : 'versions'
}

/** npm keeps what it has installed in a lock file of its own. */
function lacking(dev) {
  const found = readLock('node_modules/.package-lock.json') ?? {}
  return compare(readLock('package-lock.json') ?? {}, found, dev)
}

function install(dev) {
  const isLacking = lacking(dev)
  if (isLacking === 'nothing') return true
  const [running] = isLacking === 'versions' ? runningOn() : []
  if (running) {
    process.stderr.write(
      `Packages of the lock file have changed, and process ${running} of this clone still runs on the old ones. End it, and try again.\n`,
    )
    return false
  }
  process.stderr.write('Installing packages from the lock file …\n')
  // Not `npm ci`, which begins by removing everything; and what is there for development stays.
  const keepsDev = dev || readLock('node_modules/.package-lock.json')?.['node_modules/vitest'] !== undefined
  const args = [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    ...(keepsDev ? [] : ['--omit=dev']),
  ]
  const { status } = spawnSync('npm', args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.stderr.write('The packages could not be installed. Run `npm ci` to see why.\n')
  return status === 0
}

/** Who else runs on the packages now. */
function runningOn() {
  return read(users).filter((pid) => pid !== String(process.pid) && isAlive(pid))
}

function signIn() {
  const own = new URL(String(process.pid), users)
  try {
    for (const pid of read(users)) if (!isAlive(pid)) rmSync(new URL(pid, users), { force: true })
    mkdirSync(users, { recursive: true })
    writeFileSync(own, '')
    process.once('exit', () => rmSync(own, { force: true }))
  } catch {
    // Where nothing can be written, nothing can be installed either.
  }
}

function withLock(work) {
  const holder = new URL('pid', lock)
  mkdirSync(new URL('.cache/', root), { recursive: true })
  while (!take(lock)) {
    if (!isAlive(readText(holder) ?? process.pid)) rmSync(lock, { recursive: true, force: true })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
  try {
    writeFileSync(holder, String(process.pid))
    return work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

function take(folder) {
  try {
    mkdirSync(folder)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    return false
  }
}

function isAlive(pid) {
  try {
    process.kill(Number(pid), 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function read(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function readLock(path) {
  const text = readText(new URL(path, root))
  return text === undefined ? undefined : JSON.parse(text).packages
}

if (process.argv[1] === fileURLToPath(import.meta.url) && !installed({ dev: true })) process.exitCode = 1
