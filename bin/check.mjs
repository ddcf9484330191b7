// `npm run check`: everything that is checked without running the product. Ends with what failed.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { installed } from './install.mjs'

const bin = (name) => join('node_modules', '.bin', name)
const run = (command, args) =>
  spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
const read = (command, args) => spawnSync(command, args, { encoding: 'utf8' })

const checks = {
  'the contract is in order': () => run(bin('buf'), ['lint']),
  'the contract breaks nobody': checkBreaking,
  'gen/ is what npm run gen makes': checkGenerated,
  'imports and code follow the rules': () => run(bin('eslint'), ['.', '--max-warnings', '0']),
  'types hold': () => run(bin('tsc'), ['-p', '.']),
  'the format is the agreed one': () => run(bin('prettier'), ['--check', '.', '--log-level', 'warn']),
}

if (!installed({ dev: true })) process.exit(1)
const failed = []
for (const [name, check] of Object.entries(checks)) {
  const startedAt = performance.now()
  const isGood = check()
  if (!isGood) failed.push(name)
  process.stdout.write(
    `${isGood ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)\n`,
  )
}
process.stdout.write(failed.length === 0 ? 'All checks passed.\n' : `Failed: ${failed.join('; ')}.\n`)
process.exitCode = failed.length === 0 ? 0 : 1

/** Against the contract that was promised last: `npm run release` alone renews it. */
function checkBreaking() {
  return run(bin('buf'), ['breaking', 'proto', '--against', join('proto', 'released.binpb')])
}

/** What is generated now must be what was there, committed or not. */
function checkGenerated() {
  const state = () =>
    ['status --porcelain', 'diff']
      .map((args) => read('git', [...args.split(' '), '--', 'gen']).stdout)
      .join('')
  const before = state()
  return run(process.execPath, ['bin/gen.mjs']) && state() === before
}
