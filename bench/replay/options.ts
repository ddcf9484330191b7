import { parseArgs } from 'node:util'
import type { Profile } from '../../test/support/products/programs.js'
import { toCount, UsageError } from '../usage-error.js'

/** What a replay was asked to do. */
export type ReplayOptions = {
  file: string
  /** A server that runs already; without it one is started. */
  url: string | undefined
  /** The profile of the server that is started. */
  profile: Profile
  /** Connections of authors open at once. */
  clients: number
  /** Messages to send in all; Infinity for the whole file. */
  limit: number
  /** Channels replayed at once; Infinity for all. */
  channels: number
  /** Messages sent and not yet accepted, in all. */
  inFlight: number
  /** Messages sent in a second, at most; Infinity for no limit. */
  rate: number
  /** The seed of what is mixed in; undefined: nothing is. */
  mix: number | undefined
}

/** What `--help` prints. */
export const usage = `Usage: npm run replay -- FILE [options]

Sends a real chat log through a Recado server, as real clients, and checks that nothing was lost, doubled or
misordered. FILE has one JSON object a line (channel, line, at, kind, author, text, reply_to_line), plain or gzipped.

  --url URL         a server that runs already, like http://127.0.0.1:4000, with its limits lifted
                    (RECADO_SIGNUPS_PER_MINUTE=0 RECADO_MESSAGES_PER_SECOND=0); without it, one is started
  --profile NAME    the server to start: embedded (default), or full, on DATABASE_URL, MONGODB_URL, REDIS_URL and
                    AMQP_URL of the environment, else of .services.env
  --clients N       connections of authors open at once (6000)
  --limit N         send only N messages, the first of every channel
  --channels N      replay so many channels at once (all)
  --in-flight N     messages sent and not yet accepted (1000)
  --rate N          messages sent in a second, at most (no limit)
  --mix             mix edits, deletions, reactions and answers in: to 100 messages, about 35 changes
  --seed N          of what is mixed in (1)
  --help            this text

Exit code: 0 when all is well, 1 when there were faults, 2 for bad usage.

The log that it was made for is the Ubuntu IRC log of Kummerfeld et al., "A Large-Scale Corpus for Conversation
Disentanglement" (ACL 2019), CC BY 4.0. The log is not part of this repository.`

/** Reads the command line; `help` when that is all that was asked. Throws a {@link UsageError}. */
export function parseOptions(args: readonly string[]): ReplayOptions | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  const [file, ...others] = positionals
  if (file === undefined || others.length > 0) throw new UsageError('Name one file to replay.')
  return {
    file,
    url: values.url === undefined ? undefined : toUrl(values.url),
    profile: toProfile(values.profile),
    clients: toCount('clients', values.clients),
    limit: toLimit('limit', values.limit),
    channels: toLimit('channels', values.channels),
    inFlight: toCount('in-flight', values['in-flight']),
    rate: toLimit('rate', values.rate),
    mix: values.mix ? toCount('seed', values.seed) : undefined,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        profile: { type: 'string', default: 'embedded' },
        clients: { type: 'string', default: '6000' },
        limit: { type: 'string' },
        channels: { type: 'string' },
        'in-flight': { type: 'string', default: '1000' },
        rate: { type: 'string' },
        mix: { type: 'boolean', default: false },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (cause) {
    throw new UsageError((cause as Error).message)
  }
}

function toLimit(name: string, text: string | undefined): number {
  return text === undefined ? Infinity : toCount(name, text)
}

function toProfile(text: string): Profile {
  if (text === 'embedded' || text === 'full') return text
  throw new UsageError(`--profile takes embedded or full, not "${text}".`)
}

function toUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text).origin
  throw new UsageError(`--url takes a URL like http://127.0.0.1:4000, not "${text}".`)
}
