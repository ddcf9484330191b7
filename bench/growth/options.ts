import { parseArgs } from 'node:util'
import type { Profile } from '../../test/support/products/programs.js'
import { toCount, UsageError } from '../usage-error.js'

/** How far things grow, and how often each is tried. */
export type GrowthOptions = {
  profiles: readonly Profile[]
  /** Members of the large servers. */
  members: number
  /** Channels that the user is in; half in each of two servers. */
  channels: number
  /** How often each operation is measured on each side. */
  rounds: number
}

/** What `--help` prints. */
export const usage = `Usage: npm run bench -- growth [options]

Does the same in small servers and in large ones, turn by turn, and prints what it costs in each, and the ratio.

  --profile NAME    embedded, full, or both (default); full takes DATABASE_URL, MONGODB_URL, REDIS_URL and AMQP_URL of
                    the environment, else of .services.env
  --members N       members of a large server (100000); a small one has 10
  --channels N      channels that the user is in, on both sides (1000)
  --rounds N        times that each operation is measured on each side (200)
  --help            this text`

/** Reads the command line; `help` when that is all that was asked. Throws a {@link UsageError}. */
export function parseOptions(args: readonly string[]): GrowthOptions | 'help' {
  const values = parse(args)
  if (values.help) return 'help'
  const { profile } = values
  if (profile !== 'both' && profile !== 'embedded' && profile !== 'full')
    throw new UsageError(`--profile takes embedded, full or both, not "${profile}".`)
  return {
    profiles: profile === 'both' ? ['embedded', 'full'] : [profile],
    members: toCount('members', values.members),
    channels: toCount('channels', values.channels),
    rounds: toCount('rounds', values.rounds),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        profile: { type: 'string', default: 'both' },
        members: { type: 'string', default: '100000' },
        channels: { type: 'string', default: '1000' },
        rounds: { type: 'string', default: '200' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (cause) {
    throw new UsageError((cause as Error).message)
  }
}
