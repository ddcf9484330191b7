import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const root = new URL('..', import.meta.url)

/**
 * Sees to it that the packages of the lock file are there; installs them where they are not. Tells whether they are there then.
 * `dev`: those for development too.
 */
export function installed({ dev }) {
  if (isComplete(dev)) return true
  process.stderr.write('Installing packages from the lock file …\n')
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...(dev ? [] : ['--omit=dev'])]
  const { status } = spawnSync('npm', args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.stderr.write('The packages could not be installed. Run `npm ci` to see why.\n')
  return status === 0
}

/** npm keeps what it has installed in a lock file of its own. Packages for other systems are missing from it. */
function isComplete(dev) {
  const wanted = readLock('package-lock.json')
  const found = readLock('node_modules/.package-lock.json')
  if (!wanted || !found) return false
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' ||
      entry.optional ||
      ((entry.dev || entry.devOptional) && !dev) ||
      found[path]?.version === entry.version,
  )
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(new URL(path, root), 'utf8')).packages
  } catch {
    return undefined
  }
}
