// `npm start` and `npm run gateway|core|consumer`: installs what the lock file says where it is not there, then runs the program
// from its bundle, or from the sources where no bundle can be kept.
import { bundled, programs } from './bundle.mjs'
import { installed } from './install.mjs'

const [name = 'embedded'] = process.argv.slice(2)

if (!programs.includes(name)) {
  process.stdout.write(`Usage: npm start            everything in one process, data in one folder (./data)
       npm run gateway      one program of the full profile
       npm run core
       npm run consumer

Settings come from the environment (RECADO_HTTP_PORT, RECADO_DATA_DIR, …); docs/settings.md lists them all.
SIGTERM or Ctrl-C drains and stops; a second one stops at once.
`)
  process.exitCode = name.startsWith('-') ? 0 : 2
} else if (installed({ dev: false })) {
  process.setSourceMapsEnabled(true)
  const bundle = await bundled(name)
  if (!bundle) await import('./typescript.mjs')
  await import(bundle ?? `./${name}.ts`)
} else {
  process.exitCode = 1
}
