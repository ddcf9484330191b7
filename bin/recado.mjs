#!/usr/bin/env node
// `npx recado …` in the clone: installs what the lock file says where it is not there, then runs the operators' command.
import { bundled } from './bundle.mjs'
import { installed } from './install.mjs'

if (installed({ dev: false })) {
  process.setSourceMapsEnabled(true)
  const bundle = await bundled('recado')
  if (!bundle) await import('./typescript.mjs')
  await import(bundle ?? './recado.ts')
} else {
  process.exitCode = 1
}
