import { growth } from './growth.js'
import { pipeline } from './pipeline.js'
import { UsageError } from './usage-error.js'

/** Every benchmark by its name. */
const benchmarks: Record<string, { what: string; run: (args: readonly string[]) => Promise<number> }> = {
  pipeline: {
    what: 'durable messages: rate, latency, CPU per message of each program and server',
    run: pipeline,
  },
  growth: {
    what: 'what a server of 100,000 members and a user in 1,000 channels cost, beside small ones',
    run: growth,
  },
}

const usage = [
  'Usage: npm run bench -- NAME [options]',
  '',
  ...Object.entries(benchmarks).map(([name, { what }]) => `  ${name.padEnd(10)} ${what}`),
  '',
  'npm run bench -- NAME --help says more.',
].join('\n')

process.exitCode = await main(process.argv.slice(2))

/** Runs the benchmark that the command line names. Returns the exit code. */
async function main([name, ...args]: readonly string[]): Promise<number> {
  const benchmark = Object.entries(benchmarks).find(([known]) => known === name)?.[1]
  if (!benchmark) {
    const isAsked = name === '--help' || name === '-h'
    console.error(usage)
    return isAsked ? 0 : 2
  }
  try {
    return await benchmark.run(args)
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown
    console.error(`${thrown.message}\nnpm run bench -- ${name} --help says more.`)
    return 2
  }
}
