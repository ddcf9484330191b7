// `npm test`: installs what is missing, starts the services, runs every test on both profiles and ends with the count.
// Where a service cannot be had it says which and runs the embedded half; with CI=true that is a failure.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installed } from './install.mjs'

const args = process.argv.slice(2)
if (args.includes('--help')) {
  process.stdout.write(`Usage: npm test [-- [vitest's options and filters]]

PROFILES=embedded npm test     runs the embedded half alone, with no services
npm run services:stop          ends the services that a run has started
`)
} else {
  process.exitCode = installed({ dev: true }) ? test() : 1
}

function test() {
  const wantsFull = (process.env.PROFILES ?? 'embedded,full').split(',').includes('full')
  const services = wantsFull ? startServices() : { urls: {}, isComplete: true }
  if (!services.isComplete && process.env.CI === 'true') return 1
  const profiles = wantsFull && services.isComplete ? 'embedded,full' : 'embedded'
  const work = mkdtempSync(join(tmpdir(), 'recado-test-'))
  const report = join(work, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...services.urls, PROFILES: profiles },
    },
  )
  const counted = count(report)
  rmSync(work, { recursive: true })
  if (profiles === 'embedded') process.stdout.write('The embedded profile alone was tested.\n')
  process.stdout.write(`${counted}\n`)
  return status ?? 1
}

function startServices() {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--import', './bin/typescript.mjs', 'test/services/up.ts'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    },
  )
  const lines = [...stdout.matchAll(/^([A-Z_]+)='(.*)'$/gm)]
  const urls = Object.fromEntries(lines.map(([, name, value]) => [name, value]))
  return { urls, isComplete: status === 0 }
}

function count(report) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'))
    return `${numPassedTests} passed, ${numFailedTests} failed${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ''}`
  } catch {
    return '0 passed, 1 failed'
  }
}
