import { parseArgs } from 'node:util'
import { toCount, UsageError } from '../../bench/usage-error.js'
import type { Profile } from '../support/products/programs.js'
import { parseRow, rows } from './faults.js'

/** What of the fault table to run, and how. */
export type ChaosOptions = { profile: Profile; rows: readonly string[]; holdMs: number; isList: boolean }

/** What `--help` prints. */
export const usage = `Usage: npm run chaos -- [options] [ROW…]

Runs rows of the fault table: a whole product is hurt while clients send numbered messages by WebSocket, HTTP, gRPC and
AMQP, and afterwards what they were told is compared with history. Prints a row a line: how many messages were lost,
doubled, misordered or wrongly acknowledged, other faults, and how long after the fault's end all was well.

ROW is a fault, as kill:redis, or several at once, as kill:core-1+freeze:postgres, or a part of the names of the table's
rows, as redis or freeze. Without one, the whole table.

  kill       ends the process with SIGKILL, and starts it again
  freeze     stops the process, and lets it go on
  cut        breaks the connections to the target, and takes no new ones for a while
  stall      holds every byte to and from the target, and passes them on afterwards
  half-open  connections that there are fall silent for ever; new ones are good

  --profile NAME   embedded (default), or full: a gateway, two cores and two consumers, on servers of this run's own that
                   \`npm run services\` starts
  --hold S         how long a fault lasts, in seconds (8)
  --list           prints the rows of the table
  --help           this text

Exit code: 0 when every row shows zeros and recovers within 15 s, 1 when one does not, 2 for bad usage.`

/** Reads the command line; `help` when that is all that was asked. Throws a {@link UsageError}. */
export function parseOptions(args: readonly string[]): ChaosOptions | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  const { profile } = values
  if (profile !== 'embedded' && profile !== 'full')
    throw new UsageError(`--profile takes embedded or full, not "${profile}".`)
  const chosen =
    positionals.length === 0 ? rows[profile] : positionals.flatMap((part) => choose(profile, part))
  return {
    profile,
    rows: [...new Set(chosen)],
    holdMs: toCount('hold', values.hold) * 1_000,
    isList: values.list,
  }
}

function choose(profile: Profile, part: string): readonly string[] {
  const named = rows[profile].filter((row) => row === part || (!part.includes(':') && row.includes(part)))
  if (named.length > 0) return named
  try {
    parseRow(part)
    return [part]
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        profile: { type: 'string', default: 'embedded' },
        hold: { type: 'string', default: '8' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (cause) {
    throw new UsageError((cause as Error).message)
  }
}
