// `npm start` and `npm run gateway|core|consumer`: installs what the lock file says where it is not there, then runs the program
// from its sources.
import { installed } from './install.mjs'

const programs = {
  embedded: './embedded.ts',
  gateway: './gateway.ts',
  core: './core.ts',
  consumer: './consumer.ts',
}
const [name = 'embedded'] = process.argv.slice(2)

if (name === '--help' || name === '-h' || !(name in programs)) {
  process.stdout.write(`Usage: npm start            everything in one process, data in one folder (./data)
       npm run gateway      one program of the full profile
       npm run core
       npm run consumer

Settings come from the environment (RECADO_HTTP_PORT, RECADO_DATA_DIR, …); docs/settings.md lists them all.
SIGTERM or Ctrl-C drains and stops; a second one stops at once.
`)
  process.exitCode = name in programs || name.startsWith('-') ? 0 : 2
} else if (installed({ dev: false })) {
  await import('./typescript.mjs')
  await import(programs[name])
} else {
  process.exitCode = 1
}
