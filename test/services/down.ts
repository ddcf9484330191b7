import { runCommand } from './run-command.js'
import { stopServices } from './services.js'

const help = `Usage: npm run services:stop

Ends the servers that \`npm run services\` has started, and only those, and removes their data.
Servers that it found by a URL in the environment are left alone.
`

await runCommand(help, stopServices)
