import { measure, type Measured } from './pipeline/measure.js'
import { parseOptions, usage, type PipelineOptions } from './pipeline/options.js'
import { table } from './pipeline/table.js'
import { startServer, type Profile } from '../test/support/products/programs.js'

/** Measures durable messages on each profile asked for and prints a table for each. Returns the exit code. */
export async function pipeline(args: readonly string[]): Promise<number> {
  const options = parseOptions(args)
  if (options === 'help') {
    console.log(usage)
    return 0
  }
  let faults = 0
  for (const profile of options.profiles) {
    const measured = await measureProfile(profile, options)
    console.log(`\n${table(profile, measured, options)}`)
    faults += measured.faults.length
  }
  return faults === 0 ? 0 : 1
}

async function measureProfile(profile: Profile, options: PipelineOptions): Promise<Measured> {
  const server = await startServer(profile)
  try {
    return await measure(server, profile, options, (text) => console.error(text))
  } finally {
    await server.stop()
  }
}
