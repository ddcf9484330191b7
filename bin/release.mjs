// `npm run release`: what the contract is now is released: from here on `npm run check` refuses what breaks it.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const RELEASED = join('proto', 'released.binpb')
execFileSync(
  join('node_modules', '.bin', 'buf'),
  ['build', 'proto', '-o', RELEASED, '--exclude-source-info'],
  {
    stdio: 'inherit',
  },
)
process.stdout.write(`${RELEASED} is the contract that is promised now. Commit it.\n`)
