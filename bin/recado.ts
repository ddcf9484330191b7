import { RecadoError } from '../lib/errors.js'
import { rebuildSearch } from './commands/search.js'
import { fail } from './run.js'

const usage = `Usage: npx recado <command>

Commands for whoever runs the product, which must be running:
  search rebuild [--no-wait]   indexes all messages anew, in the language of RECADO_SEARCH_LANGUAGE;
                               what is indexed is found meanwhile. Waits until it is done.

They ask core, by the settings that the programs have (docs/settings.md): RECADO_CORE_URLS or RECADO_CORE_PORT, and
RECADO_SERVICE_TOKEN or the files of mutual TLS; without these the token in RECADO_DATA_DIR (./data).
Exit codes: 0 done, 1 it failed, 2 the command or a setting is wrong.
`

const commands: Record<string, (options: readonly string[]) => Promise<void>> = {
  'search rebuild': rebuildSearch,
}

try {
  const words = process.argv.slice(2)
  const options = words.filter((word) => word.startsWith('-'))
  const name = words.filter((word) => !word.startsWith('-')).join(' ')
  if (options.includes('--help') || options.includes('-h') || words.length === 0) {
    process.stdout.write(usage)
  } else {
    const command = commands[name]
    if (!command) throw new RecadoError('invalid_argument', `There is no command \`${name}\`.\n\n${usage}`)
    await command(options)
  }
} catch (error) {
  process.exitCode = fail(error)
}
