import { parseArgs } from 'node:util'

/**
 * Runs a command that takes no argument but `--help`. What goes wrong is told on stderr in a line, with exit code 1.
 * A signal ends it at once, by `exit`, so that what must be undone at the end is.
 */
export async function runCommand(help: string, work: () => Promise<void>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  try {
    const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } })
    if (values.help) process.stdout.write(help)
    else await work()
  } catch (error) {
    process.stderr.write(`services: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
