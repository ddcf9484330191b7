import { parseArgs } from 'node:util'
import type { Profile } from '../../test/support/products/programs.js'
import { toCount, UsageError } from '../usage-error.js'
import type { Effort } from './measure.js'

/** What the pipeline benchmark was asked to do. */
export type PipelineOptions = Effort & { profiles: readonly Profile[] }

/** What `--help` prints. */
export const usage = `Usage: npm run bench -- pipeline [options]

Prints the rate, the latency and the CPU per message of durable messages, beside the goals of DESIGN.md.

  --profile NAME    embedded, full, or both (default); full takes DATABASE_URL, MONGODB_URL, REDIS_URL and AMQP_URL of
                    the environment, else of .services.env
  --seconds N       the length of one repetition (20)
  --repetitions N   whose medians are printed (3)
  --in-flight N     messages sent and not yet stored, in all (256)
  --help            this text`

/** Reads the command line; `help` when that is all that was asked. Throws a {@link UsageError}. */
export function parseOptions(args: readonly string[]): PipelineOptions | 'help' {
  const values = parse(args)
  if (values.help) return 'help'
  return {
    profiles: toProfiles(values.profile),
    seconds: toCount('seconds', values.seconds),
    repetitions: toCount('repetitions', values.repetitions),
    inFlight: toCount('in-flight', values['in-flight']),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        profile: { type: 'string', default: 'both' },
        seconds: { type: 'string', default: '20' },
        repetitions: { type: 'string', default: '3' },
        'in-flight': { type: 'string', default: '256' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (cause) {
    throw new UsageError((cause as Error).message)
  }
}

function toProfiles(text: string): Profile[] {
  if (text === 'both') return ['embedded', 'full']
  if (text === 'embedded' || text === 'full') return [text]
  throw new UsageError(`--profile takes embedded, full or both, not "${text}".`)
}
