// Lets Node.js run the sources as they are: `node --import ./bin/typescript.mjs program.ts`, or imported before the first of them.
import { register } from 'node:module'

process.setSourceMapsEnabled(true)
register('./typescript-hooks.mjs', import.meta.url)
